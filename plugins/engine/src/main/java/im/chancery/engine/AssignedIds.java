package im.chancery.engine;

import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaKind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes the record of an id that a room has given to a message (XEP-0359), which is known only after that message's own record. It is
 * found, held and destroyed as that one is: under the same people, room and class, which are remembered for the newest messages. Safe for many threads.
 */
final class AssignedIds {
    private static final int CAPACITY = 10_000;
    /** In characters; a longer one, which would be a fault of the host's, isn't kept. */
    private static final int LONGEST = 1024;

    private final Map<RecordId, NewRecord> messages = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RecordId, NewRecord> eldest) {
            return size() > CAPACITY;
        }
    };

    /** An attempt that its room may give an id; of others nothing is kept. */
    void recorded(RecordId id, Exchange exchange, NewRecord attempt) {
        if (exchange.kind() == StanzaKind.MESSAGE && exchange.place() == Place.ROOM && exchange.type().equals("groupchat")) {
            NewRecord supplement = new NewRecord(RecordType.SUPPLEMENT, attempt.recordClass(), attempt.people(), attempt.room(), new TreeMap<>(), "");
            synchronized (messages) {
                messages.put(id, supplement);
            }
        }
    }

    /** The record that tells of an attempt's id; empty where that attempt is none of the newest in rooms, or has one. */
    Optional<NewRecord> assigned(RecordId attempt, String id) {
        NewRecord supplement;
        synchronized (messages) {
            supplement = messages.remove(attempt);
        }
        if (supplement == null || id.isEmpty() || id.length() > LONGEST) {
            return Optional.empty();
        }
        return Optional.of(NewRecord.of(RecordType.SUPPLEMENT, supplement.recordClass(), supplement.people(), supplement.room(),
                Map.of(Fields.ATTEMPT, attempt.toString(), Fields.ASSIGNED_ID, id), ""));
    }
}
