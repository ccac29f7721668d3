package im.chancery.host.prosody;

import im.chancery.core.Gate;
import im.chancery.core.PresenceChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What hosts tell of presence. For each domain the newest of the connections speaks that have told anything of it; what an older one
 * still says, since it is read late, is of the past. Where the speaker has ended and no other has taken its place within
 * the deadline, the host is gone, and so are its people: nobody else would say so. Safe for many threads.
 */
final class HostPresence {
    private static final Logger LOG = LoggerFactory.getLogger(HostPresence.class);

    private final Gate gate;
    private final Consumer<Runnable> afterDeadline;
    private final Map<DomainBareJid, Voice> speakers = new HashMap<>();
    private long voices;

    /** {@code afterDeadline} runs a task once the deadline has passed. */
    HostPresence(Gate gate, Consumer<Runnable> afterDeadline) {
        this.gate = gate;
        this.afterDeadline = afterDeadline;
    }

    /** For a connection that has just been welcomed. */
    synchronized Voice voice() {
        voices++;
        return new Voice(voices);
    }

    private synchronized void change(Voice from, PresenceChange change) {
        if (speaks(from, change.who().asDomainBareJid())) {
            gate.presence(change);
        }
    }

    private synchronized void snapshot(Voice from, DomainBareJid domain, List<PresenceChange> available) {
        if (speaks(from, domain)) {
            gate.presenceSnapshot(domain, available);
        }
    }

    private synchronized boolean speaks(Voice voice, DomainBareJid domain) {
        return speakers.merge(domain, voice, (one, other) -> one.number > other.number ? one : other) == voice;
    }

    private synchronized void silence(Voice gone) {
        speakers.entrySet().removeIf(speaker -> {
            boolean silent = speaker.getValue() == gone;
            if (silent) {
                LOG.info("Nobody has spoken for {} since its host's link ended; its people are taken for gone", speaker.getKey());
                gate.presenceSnapshot(speaker.getKey(), List.of());
            }
            return silent;
        });
    }

    /** What one connection says. For its reader. */
    final class Voice {
        private final long number;
        /** The domain whose snapshot is being received, or null. */
        private String domain;
        private List<PresenceChange> available = List.of();

        private Voice(long number) {
            this.number = number;
        }

        /** A snapshot begins; what comes up to its end belongs to it. Its host is back from here on, however long it takes to tell all. */
        void begin(Frame.SnapshotBegin frame) {
            domain = frame.domain();
            available = new ArrayList<>();
            DomainBareJid begun = JidCreate.domainBareFromOrNull(domain);
            if (begun != null) {
                speaks(this, begun);
            }
        }

        void take(Frame.Presence frame) {
            Optional<PresenceChange> change = change(frame);
            if (domain == null) {
                change.ifPresent(c -> HostPresence.this.change(this, c));
            } else {
                change.ifPresent(available::add);
            }
        }

        /** A snapshot ends. A domain that is none by RFC 7622 has no presence, which is no reason to refuse what the host has to ask. */
        void end(Frame.SnapshotEnd frame) throws MalformedFrameException {
            if (!frame.domain().equals(domain)) {
                throw new MalformedFrameException("the end of a snapshot that has not begun");
            }
            try {
                snapshot(this, JidCreate.domainBareFrom(domain), available);
            } catch (XmppStringprepException e) {
                LOG.warn("Presence of '{}' is not shared: that is no domain (RFC 7622)", domain);
            } finally {
                domain = null;
                available = List.of();
            }
        }

        /** The connection has ended. */
        void fallSilent() {
            afterDeadline.accept(() -> silence(this));
        }

        private static Optional<PresenceChange> change(Frame.Presence frame) {
            try {
                return Optional.of(new PresenceChange(JidCreate.entityFullFrom(frame.who()), frame.available(), frame.show(), frame.priority()));
            } catch (XmppStringprepException e) {
                LOG.debug("Left out presence of an address that is none by RFC 7622");
                return Optional.empty();
            }
        }
    }
}
