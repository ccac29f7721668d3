package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.PresenceChange;
import im.chancery.core.StanzaKind;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Stanzas that are never held: nothing a sender can write freely leaves through them. */
class DoorsIT {
    private static final String SECRET = "smuggled words";
    private static GatedServer gated;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob"));
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    /** All that a client has received once a message sent after everything else has arrived. */
    private static String receivedBy(RawClient reader, RawClient writer, String to) {
        writer.write("<message to='" + to + "' type='chat' id='last'><body>the last</body></message>");
        return reader.await("the last");
    }

    @Test
    void errorThatAnswersNothingIsDropped() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<message to='bob@localhost/door' type='error' id='x'><body>" + SECRET + "</body><error type='cancel'>"
                    + "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
            ada.write("<iq to='bob@localhost/door' type='result' id='y'><query xmlns='x'>" + SECRET + "</query></iq>");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain(SECRET).doesNotContain("id='x'").doesNotContain("id='y'");
        }
    }

    @Test
    @Tag("prosody") // a Tigase hands on no client's error of a message, with and without the plugin
    void errorThatAnswersADeliveredStanzaIsCutDownAndRecorded() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<message to='bob@localhost/door' type='chat' id='q1'><body>are you there</body></message>");
            bob.await("are you there");
            bob.write("<message to='ada@localhost/door' type='error' id='q1' note='" + SECRET + "'><body>" + SECRET + "</body><error type='cancel'>"
                    + "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>"
                    + SECRET + "</text></error></message>");
            assertThat(ada.await("service-unavailable")).contains("id='q1'").doesNotContain(SECRET);
            assertThat(gated.gate.asked("service-unavailable")).hasSize(1);
        }
    }

    @Test
    void resultOfAnAllowedIqPassesOnce() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<iq to='bob@localhost/door' type='get' id='v1'><query xmlns='jabber:iq:version'/></iq>");
            bob.await("jabber:iq:version");
            String result = "<iq to='ada@localhost/door' type='result' id='v1'><query xmlns='jabber:iq:version'><name>Test</name></query></iq>";
            bob.write(result);
            ada.await("<name>Test</name>");
            ada.forget();
            bob.write(result);
            assertThat(receivedBy(ada, bob, "ada@localhost/door")).doesNotContain("<name>Test</name>");
        }
    }

    @Test
    void refusedIqReachesNobody() {
        gated.gate.refuseText(SECRET);
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<iq to='bob@localhost/door' type='set' id='o1'><offer xmlns='x'>" + SECRET + "</offer></iq>");
            assertThat(ada.await("</iq>")).contains("policy-violation").contains("id='o1'");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain(SECRET);
        }
    }

    /** Tigase's session manager writes to everybody, in any name, if a command addressed to it says so. */
    @Test
    @Tag("tigase") // has a session manager that takes orders
    void nobodyMayHaveTheServerWriteToOthers() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            bob.write("<presence/>");
            bob.settled();
            ada.write("<iq to='sess-man@localhost' type='set' id='all'><command xmlns='http://jabber.org/protocol/commands' node='BROADCAST_TO_ONLINE'/>"
                    + "<message xmlns='http://tigase.org/protocol/broadcast' from='localhost'><body>" + SECRET + "</body></message></iq>");
            assertThat(ada.await("id='all'")).contains("type='error'");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain(SECRET);
        }
    }

    @Test
    void goodbyeTellsNothingToWhomPresenceWasNotAllowed() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<presence to='bob@localhost/door' type='unavailable' id='" + SECRET + "'><status>" + SECRET + "</status></presence>");
            assertThat(bob.await("unavailable")).doesNotContain(SECRET);
            bob.forget();
            ada.write("<presence to='bob@localhost/door'/>");
            bob.await("<presence");
            ada.write("<presence to='bob@localhost/door' type='unavailable'><status>see you</status></presence>");
            bob.await("see you");
        }
    }

    @Test
    void refusedDirectedPresenceAndSubscriptionBounce() {
        gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE ? Optional.of("no presence") : Optional.empty());
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<presence to='bob@localhost/door' id='p1'/><presence to='bob@localhost' type='subscribe' id='s1'/>");
            assertThat(ada.await("id='s1'")).contains("id='p1'").contains("no presence");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain("<presence");
        }
    }

    @Test
    void broadcastPresenceIsTold() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "feed")) {
            ada.write("<presence><show>dnd</show><priority>7</priority></presence>");
            Deadline.await("presence", GatedServer.LIMIT, () -> gated.gate.presence().stream().anyMatch(p -> is(p, true, "dnd", 7)));
        }
        Deadline.await("absence", GatedServer.LIMIT, () -> gated.gate.presence().stream().anyMatch(p -> is(p, false, "", 0)));
    }

    @Test
    @Tag("prosody") // an engine in its host has no link that could be away
    void snapshotTellsAllPresenceWhenTheLinkIsBack() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "snapshot")) {
            ada.write("<presence><show>away</show></presence>");
            Deadline.await("presence", GatedServer.LIMIT, () -> !gated.gate.presence().isEmpty());
            gated.gate.reset();
            gated.cutLink();
            gated.mendLink();
            Deadline.await("the snapshot", GatedServer.LIMIT, () -> gated.gate.snapshot("localhost").isPresent());
            assertThat(gated.gate.snapshot("localhost").orElseThrow()).extracting(p -> p.who().toString()).contains("ada@localhost/snapshot");
        }
    }

    private static boolean is(PresenceChange change, boolean available, String show, int priority) {
        return change.who().toString().equals("ada@localhost/feed") && change.available() == available && change.show().equals(show)
                && change.priority() == priority;
    }
}
