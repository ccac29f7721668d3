package im.chancery.engine;

import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaKind;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;

/**
 * Makes the record of an id that a room has given to a message (XEP-0359), which is known only after that message's own record. It is
 * found, held and destroyed as that one is: under the same people, room and class, which are remembered for the newest messages. A room that gives no
 * ids takes none of them away, so that they are bounded by what they hold as well: of full rooms they are fewer. Safe for many threads.
 */
final class AssignedIds {
    private static final int CAPACITY = 10_000;
    /** Of all audiences together, in characters. */
    private static final long MOST_SIZE = 16L << 20;
    /** What an address takes beside its characters. */
    private static final int BESIDE_CHARACTERS = 100;
    /** In characters; a longer one, which would be a fault of the host's, isn't kept. */
    private static final int LONGEST = 1024;

    /** Under whose names a message is found: one value for all messages until somebody joins or leaves. */
    private record Audience(Optional<BareJid> room, Set<BareJid> people) {
        long size() {
            return people.stream().mapToLong(Audience::size).sum() + room.map(Audience::size).orElse(0L);
        }

        private static long size(BareJid address) {
            return address.toString().length() + BESIDE_CHARACTERS;
        }
    }

    /** How many messages have an audience. */
    private static final class Shared {
        private final Audience audience;
        private final long size;
        private int messages;

        Shared(Audience audience) {
            this.audience = audience;
            this.size = audience.size();
        }
    }

    private record Message(String recordClass, Audience audience) {
    }

    private final Map<RecordId, Message> messages = new LinkedHashMap<>();
    private final Map<Audience, Shared> audiences = new HashMap<>();
    private long size;

    /** An attempt that its room may give an id; of others nothing is kept. */
    void recorded(RecordId id, Exchange exchange, NewRecord attempt) {
        if (exchange.kind() == StanzaKind.MESSAGE && exchange.place() == Place.ROOM && exchange.type().equals("groupchat")) {
            remember(id, attempt.recordClass(), new Audience(attempt.room(), attempt.people()));
        }
    }

    private synchronized void remember(RecordId id, String recordClass, Audience audience) {
        Shared shared = audiences.get(audience);
        if (shared == null) {
            shared = new Shared(audience);
            audiences.put(audience, shared);
            size += shared.size;
        }
        shared.messages++;
        messages.put(id, new Message(recordClass, shared.audience));
        while (messages.size() > CAPACITY || size > MOST_SIZE) {
            forget(messages.keySet().iterator().next());
        }
    }

    private synchronized Message forget(RecordId id) {
        Message forgotten = messages.remove(id);
        if (forgotten != null) {
            Shared shared = audiences.get(forgotten.audience());
            shared.messages--;
            if (shared.messages == 0) {
                audiences.remove(forgotten.audience());
                size -= shared.size;
            }
        }
        return forgotten;
    }

    /** The record that tells of an attempt's id; empty where that attempt is none of the newest in rooms, or has one. */
    Optional<NewRecord> assigned(RecordId attempt, String id) {
        Message message = forget(attempt);
        if (message == null || id.isEmpty() || id.length() > LONGEST) {
            return Optional.empty();
        }
        return Optional.of(NewRecord.of(RecordType.SUPPLEMENT, message.recordClass(), message.audience().people(), message.audience().room(),
                Map.of(Fields.ATTEMPT, attempt.toString(), Fields.ASSIGNED_ID, id), ""));
    }
}
