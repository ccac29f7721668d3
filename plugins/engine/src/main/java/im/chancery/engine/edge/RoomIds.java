package im.chancery.engine.edge;

import im.chancery.core.Gate;
import im.chancery.core.Place;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaKind;
import im.chancery.engine.Unquoted;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which id a room has given to which attempt (XEP-0359). The room's own message is all that tells, by its speaker and the id that the sender has
 * chosen; the first copy of it that is delivered is looked at. Safe for many threads.
 */
final class RoomIds {
    private static final Logger LOG = LoggerFactory.getLogger(RoomIds.class);
    /** A room hands on at once; what it gives no id, such as a subject, stays here until so many others have come. */
    private static final int CAPACITY = 1_000;

    private final EdgeHost host;
    private final Gate gate;
    private final Map<Said, RecordId> open = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Said, RecordId> eldest) {
            return size() > CAPACITY;
        }
    };

    private record Said(BareJid room, BareJid who, String id) {
    }

    RoomIds(EdgeHost host, Gate gate) {
        this.host = host;
        this.gate = gate;
    }

    /** An attempt is about to be handed to its room, if it is for one. */
    void goesOn(Held stanza, RecordId attempt) {
        boolean isToAll = stanza.located().place() == Place.ROOM && stanza.stanza().kind() == StanzaKind.MESSAGE && stanza.stanza().type().equals("groupchat");
        if (isToAll && !stanza.stanza().id().isEmpty()) {
            synchronized (open) {
                open.put(new Said(stanza.to().asBareJid(), stanza.from().asBareJid(), stanza.stanza().id()), attempt);
            }
        }
    }

    /** A room's message is delivered to somebody, perhaps not the first: the speaker's address in the room, the message's id attribute, and what the room calls it. */
    void delivered(Jid speaker, String id, String assigned) {
        synchronized (open) {
            if (open.isEmpty()) {
                return;
            }
        }
        try {
            Optional<BareJid> who = host.realAddress(speaker);
            if (who.isPresent()) {
                RecordId attempt;
                synchronized (open) {
                    attempt = open.remove(new Said(speaker.asBareJid(), who.get(), id));
                }
                if (attempt != null) {
                    gate.assigned(attempt, assigned);
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("the id that a room has given to a message is not recorded", Unquoted.of(e, LOG));
        }
    }
}
