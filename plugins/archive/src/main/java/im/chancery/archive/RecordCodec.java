package im.chancery.archive;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * The canonical encoding of a record's metadata and content together, as docs/formats.md says. One record has one
 * encoding: people are sorted by their bytes, fields by their names, and nothing may follow.
 */
final class RecordCodec {
    private static final int VERSION = 1;
    /** Bytes beside the content of a usual record. */
    private static final int BESIDE_CONTENT = 512;

    private RecordCodec() {
    }

    /**
     * Encodes all of a record but its bucket and time, which only the writer knows.
     *
     * @throws IllegalArgumentException if a text is not Unicode, or a field name, address or list is longer than 65,535
     */
    static byte[] encode(NewRecord record) {
        ByteSink sink = new ByteSink(record.content().length() + BESIDE_CONTENT).u8(VERSION).u8(record.type().code());
        List<String> people = new ArrayList<>(record.people().size());
        record.people().forEach(p -> people.add(p.toString()));
        people.sort(null);
        sink.u16(people.size());
        people.forEach(sink::shortText);
        sink.u8(record.room().isPresent() ? 1 : 0);
        record.room().ifPresent(r -> sink.shortText(r.toString()));
        sink.u16(record.fields().size());
        for (Map.Entry<String, String> field : record.fields().entrySet()) {
            sink.shortText(field.getKey()).longText(field.getValue());
        }
        return sink.longText(record.content()).bytes();
    }

    /**
     * Decodes what {@link #encode} wrote.
     *
     * @throws ArchiveException if the bytes are not the canonical encoding of a record
     */
    static NewRecord decode(byte[] body, String recordClass, String what) {
        ByteSource source = new ByteSource(body, what);
        int version = source.u8();
        if (version != VERSION) {
            throw new ArchiveException(what + ": encoding version " + version + "; allowed: " + VERSION);
        }
        RecordType type = type(source.u8(), what);
        Set<BareJid> people = new HashSet<>();
        String previous = null;
        for (int n = source.u16(); n > 0; n--) {
            String person = source.shortText();
            previous = ascending(previous, person, what);
            people.add(address(person, what));
        }
        Optional<BareJid> room = switch (source.u8()) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(address(source.shortText(), what));
            default -> throw new ArchiveException(what + ": the room flag is neither 0 nor 1");
        };
        TreeMap<String, String> fields = new TreeMap<>();
        previous = null;
        for (int n = source.u16(); n > 0; n--) {
            String name = source.shortText();
            previous = ascending(previous, name, what);
            fields.put(name, source.longText());
        }
        String content = source.longText();
        source.end();
        return new NewRecord(type, recordClass, people, room, fields, content);
    }

    private static RecordType type(int code, String what) {
        for (RecordType t : RecordType.values()) {
            if (t.code() == code) {
                return t;
            }
        }
        throw new ArchiveException(what + ": no record type has code " + code);
    }

    private static String ascending(String previous, String next, String what) {
        if (previous != null && previous.compareTo(next) >= 0) {
            throw new ArchiveException(what + ": names are not in ascending order");
        }
        return next;
    }

    private static BareJid address(String text, String what) {
        try {
            return JidCreate.bareFrom(text);
        } catch (XmppStringprepException e) {
            throw new ArchiveException(what + ": holds something that is no bare address", e);
        }
    }
}
