package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Decision;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.DomainBareJid;

/** Who speaks for a domain, and when nobody does any more. */
class HostPresenceTest {
    private static final String ADA = "ada@example.test/desk";

    private final List<String> told = new ArrayList<>();
    private final List<Runnable> afterDeadline = new ArrayList<>();
    private final HostPresence presence = new HostPresence(new Told(), afterDeadline::add);

    /** Takes presence alone. */
    private final class Told implements Gate {
        @Override
        public CompletionStage<Verdict> submit(Exchange exchange) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Decision> recheck(Exchange exchange) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void outcome(RecordId attempt, Outcome outcome) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void assigned(RecordId attempt, String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void presence(PresenceChange change) {
            told.add(change.who() + (change.available() ? " is there" : " is gone"));
        }

        @Override
        public void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available) {
            told.add(domain + " has " + available.stream().map(change -> change.who().toString()).toList());
        }
    }

    private static void snapshot(HostPresence.Voice voice, String domain, String... who) throws MalformedFrameException {
        voice.begin(new Frame.SnapshotBegin(domain));
        for (String one : who) {
            there(voice, one);
        }
        voice.end(new Frame.SnapshotEnd(domain));
    }

    private static void there(HostPresence.Voice voice, String who) {
        voice.take(new Frame.Presence(who, true, "", 0));
    }

    private void deadlinePasses() {
        List<Runnable> due = List.copyOf(afterDeadline);
        afterDeadline.clear();
        due.forEach(Runnable::run);
    }

    @Test
    void peopleStayForTheDeadlineAfterTheirHostsLinkAndNoLonger() throws Exception {
        HostPresence.Voice lost = presence.voice();
        snapshot(lost, "example.test", ADA);
        snapshot(presence.voice(), "other.test", "bob@other.test/x");
        told.clear();
        lost.fallSilent();
        assertThat(told).isEmpty();
        deadlinePasses();
        assertThat(told).containsExactly("example.test has []");
    }

    @Test
    void aHostThatIsBackInTimeSpeaksForItsPeopleAgain() throws Exception {
        HostPresence.Voice lost = presence.voice();
        snapshot(lost, "example.test", ADA);
        snapshot(lost, "closed.test", "bob@closed.test/x");
        lost.fallSilent();
        HostPresence.Voice back = presence.voice();
        snapshot(back, "example.test", ADA);
        told.clear();
        deadlinePasses();
        assertThat(told).as("only what it no longer serves is empty").containsExactly("closed.test has []");
        there(back, "bob@example.test/x");
        assertThat(told).endsWith("bob@example.test/x is there");
    }

    @Test
    void aHostThatIsTellingIsBack() throws Exception {
        HostPresence.Voice lost = presence.voice();
        snapshot(lost, "example.test", ADA);
        lost.fallSilent();
        HostPresence.Voice back = presence.voice();
        back.begin(new Frame.SnapshotBegin("example.test"));
        told.clear();
        deadlinePasses();
        assertThat(told).isEmpty();
        there(back, ADA);
        back.end(new Frame.SnapshotEnd("example.test"));
        assertThat(told).containsExactly("example.test has [" + ADA + "]");
    }

    @Test
    void whatAnOlderConnectionStillSaysIsOfThePast() throws Exception {
        HostPresence.Voice old = presence.voice();
        HostPresence.Voice current = presence.voice();
        snapshot(old, "example.test", ADA);
        snapshot(current, "example.test");
        told.clear();
        there(old, ADA);
        snapshot(old, "example.test", ADA);
        assertThat(told).isEmpty();
        old.fallSilent();
        deadlinePasses();
        assertThat(told).isEmpty();
    }

    @Test
    void aDomainThatIsServedFromNowOnNeedsNoSnapshot() throws Exception {
        HostPresence.Voice voice = presence.voice();
        there(voice, ADA);
        assertThat(told).containsExactly(ADA + " is there");
        voice.fallSilent();
        deadlinePasses();
        assertThat(told).endsWith("example.test has []");
    }

    @Test
    void whatIsNoDomainIsLeftOutAndAnEndWithoutABeginningRefused() throws Exception {
        HostPresence.Voice voice = presence.voice();
        snapshot(voice, "", ADA);
        assertThat(told).isEmpty();
        there(voice, "no address");
        there(voice, ADA);
        assertThat(told).containsExactly(ADA + " is there");
        assertThatThrownBy(() -> voice.end(new Frame.SnapshotEnd("example.test"))).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("has not begun");
    }
}
