package im.chancery.archive;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jxmpp.jid.BareJid;

/**
 * A record before it is appended. Everything in it is sealed.
 *
 * @param type        what it is evidence of
 * @param recordClass the record class, which gives the schedule and the bucket
 * @param people      bare addresses under which it can be found: real sender, real recipients
 * @param room        the room under which it can be found
 * @param fields      metadata: {@link Fields} names them
 * @param content     the stanza or other text; may be empty
 */
public record NewRecord(
        RecordType type,
        String recordClass,
        Set<BareJid> people,
        Optional<BareJid> room,
        SortedMap<String, String> fields,
        String content) {

    public NewRecord {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(recordClass, "recordClass");
        Objects.requireNonNull(room, "room");
        Objects.requireNonNull(content, "content");
        people = Set.copyOf(people);
        fields = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }

    /** A record with these fields, in any order. */
    public static NewRecord of(RecordType type, String recordClass, Set<BareJid> people, Optional<BareJid> room,
            Map<String, String> fields, String content) {
        return new NewRecord(type, recordClass, people, room, new TreeMap<>(fields), content);
    }
}
