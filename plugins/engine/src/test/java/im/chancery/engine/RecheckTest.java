package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.Policy;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.engine.extension.Extensions;
import im.chancery.presence.PresenceStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

/** What the gate decides without a record, which is what it decides of a submission; the archive and the presence store must not be called. */
class RecheckTest {
    private static final Jid ALICE = JidCreate.fromOrThrowUnchecked("alice@localhost/phone");
    private static final BareJid BOB = JidCreate.entityBareFromOrThrowUnchecked("bob@localhost");
    private static final BareJid CAROL = JidCreate.entityBareFromOrThrowUnchecked("carol@localhost");
    private static final Decision ALLOW = Decision.allow(List.of(new DeterminingRule("builtin:house", Effect.ALLOW, "you may talk", false)));
    private static final Decision REFUSE = Decision.refuse(List.of(new DeterminingRule("wall", Effect.REFUSE, "not across the wall", false)),
            StanzaError.policyViolation("not across the wall"));

    @Test
    void asksThePolicyAndRecordsNothing() {
        assertThat(rechecked(e -> REFUSE, presence("<presence/>"))).isEqualTo(REFUSE);
        assertThat(rechecked(e -> ALLOW, presence("<presence/>"))).isEqualTo(ALLOW);
    }

    /** RFC 6121, section 4.4.2: a broadcast is shown as it was written, with all that is in it. */
    @Test
    void thePolicyIsToldWhatIsInABroadcast() {
        Policy policy = e -> e.content().isReadable() && !e.content().authors().contains(CAROL) ? ALLOW : REFUSE;
        assertThat(rechecked(policy, presence("<presence><x xmlns='jabber:x:encrypted'>hQEMA</x></presence>"))).isEqualTo(REFUSE);
        assertThat(rechecked(policy, presence("<presence><forwarded xmlns='urn:xmpp:forward:0'><message from='carol@localhost/x'/></forwarded></presence>")))
                .isEqualTo(REFUSE);
        assertThat(rechecked(policy, presence("<presence><show>away</show></presence>"))).isEqualTo(ALLOW);
    }

    @Test
    void whatASubmissionRefusesUnaskedIsRefusedUnasked() {
        Policy unasked = e -> {
            throw new AssertionError("not asked");
        };
        assertThat(rechecked(unasked, presence("<presence><status>")).rules()).extracting(DeterminingRule::id).containsExactly(RecordingGate.UNREADABLE);
        assertThat(rechecked(unasked, exchange(StanzaKind.MESSAGE, "<message><result xmlns='urn:xmpp:mam:2'/></message>")).rules())
                .extracting(DeterminingRule::id).containsExactly(RecordingGate.FORGED_COPY);
    }

    private static Exchange presence(String stanza) {
        return exchange(StanzaKind.PRESENCE, stanza);
    }

    private static Exchange exchange(StanzaKind kind, String stanza) {
        return new Exchange(ALICE, BOB, Optional.empty(), kind, "", Direction.LOCAL, Place.DIRECT, Optional.empty(), stanza);
    }

    private static Decision rechecked(Policy policy, Exchange exchange) {
        RecordingGate gate = new RecordingGate(new Rules(policy, e -> "mail", Extensions.none()), new AttemptRecords(Set.of(), Set.of()),
                uncalled(Archive.class), uncalled(PresenceStore.class), new ResendLinks(1), new EngineMetrics(new SimpleMeterRegistry()));
        return gate.recheck(exchange).toCompletableFuture().join();
    }

    private static <T> T uncalled(Class<T> part) {
        return part.cast(Proxy.newProxyInstance(RecheckTest.class.getClassLoader(), new Class<?>[] {part}, (proxy, method, arguments) -> {
            throw new AssertionError("not to be called: " + method);
        }));
    }
}
