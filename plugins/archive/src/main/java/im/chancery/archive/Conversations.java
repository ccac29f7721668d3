package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;

/**
 * Gives each set of people and room a number per bucket, under which its records are indexed. Tokens of the people and
 * the room are stored once, when the set first appears in the bucket; a record row then needs one small number instead
 * of a token row for each person. Belongs to the committing thread.
 */
final class Conversations {
    /** The number of records that name nobody and no room. */
    static final long NONE = 0;
    private static final int REMEMBERED = 50_000;

    /** Who speaks where, in one bucket. */
    record Key(BucketId bucket, Set<BareJid> people, Optional<BareJid> room) {
        static Key of(BucketId bucket, NewRecord record) {
            return new Key(bucket, record.people(), record.room());
        }

        boolean isEmpty() {
            return people.isEmpty() && room.isEmpty();
        }

        /** The same text for the same set. No address has a line feed in it. */
        String canonical() {
            List<String> names = new ArrayList<>(people.stream().map(BareJid::toString).sorted().toList());
            names.add(room.map(r -> "room " + r).orElse(""));
            return String.join("\n", names);
        }
    }

    private final Map<Key, Long> known = new LinkedHashMap<>(256, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Long> eldest) {
            return size() > REMEMBERED;
        }
    };
    private final KeyFolder keys;
    private long next;

    Conversations(KeyFolder keys) {
        this.keys = keys;
    }

    /** Forgets what a failed transaction may have taught, and reads where numbering goes on. */
    void reload(Connection connection) throws SQLException {
        known.clear();
        try (PreparedStatement select = connection.prepareStatement("SELECT MAX(id) FROM archive_conversation");
                ResultSet rows = select.executeQuery()) {
            rows.next();
            next = rows.getLong(1) + 1;
        }
    }

    /** The number of this conversation, stored first if it is new. Part of the caller's transaction. */
    long number(Connection connection, Key key, int bucketNumber) throws SQLException {
        if (key.isEmpty()) {
            return NONE;
        }
        Long number = known.get(key);
        if (number == null) {
            BucketKey bucketKey = keys.find(key.bucket()).orElseThrow(
                    () -> new ArchiveException("bucket " + key.bucket() + ": its key is gone"));
            byte[] token = bucketKey.conversationToken(key.canonical());
            number = select(connection, bucketNumber, token);
            if (number == null) {
                number = next++;
                insert(connection, number, bucketNumber, token, tokens(bucketKey, key.people(), key.room()));
            }
            known.put(key, number);
        }
        return number;
    }

    /** The tokens under which a conversation of these people in this room is found. */
    static List<byte[]> tokens(BucketKey key, Set<BareJid> people, Optional<BareJid> room) {
        List<byte[]> tokens = new ArrayList<>();
        people.forEach(p -> tokens.add(key.personToken(p)));
        room.ifPresent(r -> tokens.add(key.roomToken(r)));
        return tokens;
    }

    /** The conversations that a token is part of. */
    static Set<Long> withToken(Connection connection, byte[] token) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT conversation FROM archive_participant WHERE token = ?")) {
            select.setBytes(1, token);
            try (ResultSet rows = select.executeQuery()) {
                Set<Long> numbers = new java.util.HashSet<>();
                while (rows.next()) {
                    numbers.add(rows.getLong(1));
                }
                return numbers;
            }
        }
    }

    private static Long select(Connection connection, int bucketNumber, byte[] token) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id FROM archive_conversation WHERE bucket_id = ? AND token = ?")) {
            select.setInt(1, bucketNumber);
            select.setBytes(2, token);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? rows.getLong(1) : null;
            }
        }
    }

    private static void insert(Connection connection, long number, int bucketNumber, byte[] token, List<byte[]> tokens)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO archive_conversation (id, bucket_id, token) VALUES (?, ?, ?)")) {
            insert.setLong(1, number);
            insert.setInt(2, bucketNumber);
            insert.setBytes(3, token);
            insert.executeUpdate();
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO archive_participant (conversation, token) VALUES (?, ?)")) {
            for (byte[] each : tokens) {
                insert.setLong(1, number);
                insert.setBytes(2, each);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
