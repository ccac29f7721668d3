package im.chancery.tests.benchmarks;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import im.chancery.tests.contracts.PostgresServer;
import im.chancery.tests.e2e.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * Measures the archive alone, on Derby and on a PostgreSQL of its own: sealed, leafed, durable appends beside plain JDBC batches into the
 * same tables and indexes with the same number of bytes a row; then the verifier on the log that came of it.
 *
 * <p>Usage: {@code ArchiveBenchmark [rounds [records a round [databases]]]}; 5 rounds of 200,000 on {@code derby,postgresql} unless told.
 * With more than a million records a round it also prints each window of a million, which shows whether the archive gets slower as it grows.
 */
public final class ArchiveBenchmark {
    /** As many rows as the archive's own writer puts into one transaction. */
    private static final int BATCH = 512;
    private static final int IN_FLIGHT = 4 * BATCH;
    private static final int CONVERSATIONS = 50;
    private static final int WINDOW = 1_000_000;
    private static final String STANZA = "<message from='u0@localhost/load' to='u1@localhost' type='chat' id='0'><body>"
            + "The quick brown fox jumps over the lazy dog, and again. ".repeat(9) + "</body></message>";

    /** The folders of all rounds, deleted at the end: ext4 without a journal looks, for each new file, at every inode that was deleted in the last minutes. */
    private static final List<Path> HOMES = new ArrayList<>();

    private ArchiveBenchmark() {
    }

    /** What is measured on. */
    private enum Database {
        DERBY {
            @Override
            StoreConfig empty() {
                return StoreConfig.derby();
            }

            @Override
            Connection connect(ArchiveConfig config) throws SQLException {
                return DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db"));
            }

            @Override
            void shutDown(ArchiveConfig config) throws SQLException {
                try {
                    DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db") + ";shutdown=true").close();
                } catch (SQLException e) {
                    if (!"08006".equals(e.getSQLState())) {
                        throw e;
                    }
                }
            }
        },
        POSTGRESQL {
            @Override
            StoreConfig empty() throws SQLException, IOException {
                return PostgresServer.shared().newDatabase();
            }

            /** As the archive connects: with batches that the driver makes into one statement. */
            @Override
            Connection connect(ArchiveConfig config) throws SQLException, IOException {
                return PostgresServer.shared().connect(StoreConfig.postgresql(PostgresServer.with(config.store().url().orElseThrow(), "reWriteBatchedInserts=true"),
                        config.store().user().orElseThrow(), config.store().password()));
            }

            @Override
            void shutDown(ArchiveConfig config) {
                // It serves the next round, too.
            }
        };

        final List<Double> plain = new ArrayList<>();
        final List<Double> ours = new ArrayList<>();
        final List<Double> leaves = new ArrayList<>();

        abstract StoreConfig empty() throws SQLException, IOException;

        abstract Connection connect(ArchiveConfig config) throws SQLException, IOException;

        abstract void shutDown(ArchiveConfig config) throws SQLException;
    }

    /** Runs all rounds and prints. */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int records = args.length > 1 ? Integer.parseInt(args[1]) : 200_000;
        String named = args.length > 2 ? args[2].toUpperCase(Locale.ROOT) : "DERBY,POSTGRESQL";
        List<Database> databases = Stream.of(named.split(",")).map(Database::valueOf).toList();
        try {
            for (int round = 1; round <= rounds; round++) {
                for (Database database : databases) {
                    database.plain.add(plain(database, records));
                    database.ours.add(archive(database, records));
                    System.out.printf(Locale.ROOT, "round %d of %d, %s: plain JDBC %.0f/s, archive %.0f/s, verifier %.0f leaves/s%n", round, rounds,
                            database, database.plain.get(round - 1), database.ours.get(round - 1), database.leaves.get(round - 1));
                }
            }
        } finally {
            HOMES.forEach(Folders::delete);
        }
        System.out.println(Machine.describe());
        for (Database database : databases) {
            System.out.printf(Locale.ROOT, "median of %d rounds of %,d records of %d bytes on %s: plain JDBC %.0f/s, archive %.0f/s = %.2f ×; verifier %.0f leaves/s%n",
                    rounds, records, STANZA.length(), database, Machine.median(database.plain), Machine.median(database.ours),
                    Machine.median(database.ours) / Machine.median(database.plain), Machine.median(database.leaves));
        }
    }

    private static ArchiveConfig config(Path home, StoreConfig store) {
        return ArchiveConfig.derby("bench", home.resolve("data"), home.resolve("keys"), () -> "a password for the benchmark".toCharArray()).withStore(store);
    }

    private static NewRecord record(int i) {
        int pair = i % CONVERSATIONS;
        BareJid from = JidCreate.bareFromOrThrowUnchecked("u" + 2 * pair + "@localhost");
        BareJid to = JidCreate.bareFromOrThrowUnchecked("u" + (2 * pair + 1) + "@localhost");
        return NewRecord.of(RecordType.ATTEMPT, "default", Set.of(from, to), Optional.empty(),
                Map.of(Fields.FROM, from + "/load", Fields.TO, to.toString(), Fields.KIND, "message", Fields.TYPE, "chat",
                        Fields.DIRECTION, "local", Fields.PLACE, "direct", Fields.EFFECT, "allow", Fields.RULES, "builtin:house"),
                STANZA);
    }

    private static double archive(Database database, int records) throws Exception {
        Path home = newHome();
        double rate;
        try (Archive archive = Archives.open(config(home, database.empty()), Clock.systemUTC())) {
            rate = fill(archive, records, id -> { });
            archive.integrate();
        }
        long start = System.nanoTime();
        long size = LogVerifier.verify(home.resolve("data/log"), VerifierKey.parse(Files.readString(home.resolve("data/log.vkey")).strip()),
                List.of()).size();
        database.leaves.add(size * 1e9 / (System.nanoTime() - start));
        return rate;
    }

    private static Path newHome() throws IOException {
        Path home = Files.createTempDirectory("chancery-bench-");
        HOMES.add(home);
        return home;
    }

    /** Appends so many records with {@value #IN_FLIGHT} on their way. @param stored is told of each @return records a second */
    static double fill(Archive archive, int records, Consumer<RecordId> stored) throws InterruptedException {
        Semaphore flight = new Semaphore(IN_FLIGHT);
        AtomicLong failed = new AtomicLong();
        List<Double> windows = new ArrayList<>();
        long start = System.nanoTime();
        long window = start;
        for (int i = 0; i < records; i++) {
            flight.acquire();
            archive.append(record(i)).whenComplete((id, failure) -> {
                if (failure == null) {
                    stored.accept(id);
                } else {
                    failed.incrementAndGet();
                }
                flight.release();
            });
            if (records > WINDOW && (i + 1) % WINDOW == 0) {
                long now = System.nanoTime();
                windows.add(WINDOW * 1e9 / (now - window));
                System.out.printf(Locale.ROOT, "  window up to %,d: %.0f/s%n", i + 1, windows.get(windows.size() - 1));
                window = now;
            }
        }
        flight.acquire(IN_FLIGHT);
        if (windows.size() > 1) {
            double median = Machine.median(windows);
            System.out.printf(Locale.ROOT, "  windows: median %.0f/s, slowest %+.0f %%, fastest %+.0f %%%n", median,
                    100 * (windows.stream().min(Double::compare).orElseThrow() / median - 1),
                    100 * (windows.stream().max(Double::compare).orElseThrow() / median - 1));
        }
        if (failed.get() > 0) {
            throw new IllegalStateException(failed + " appends failed");
        }
        return records * 1e9 / (System.nanoTime() - start);
    }

    /** The same rows, with random bytes for what would be sealed. */
    private static double plain(Database database, int records) throws Exception {
        ArchiveConfig config = config(newHome(), database.empty());
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            archive.append(record(0)).toCompletableFuture().join();
        }
        double rate;
        try (Connection connection = database.connect(config)) {
            connection.setAutoCommit(false);
            rate = insert(connection, records, sealedLength(connection));
        }
        database.shutDown(config);
        return rate;
    }

    private static int sealedLength(Connection connection) throws SQLException {
        try (var select = connection.createStatement();
                var rows = select.executeQuery("SELECT sealed FROM archive_record ORDER BY leaf_index DESC")) {
            int longest = 0;
            while (rows.next()) {
                longest = Math.max(longest, rows.getBytes(1).length);
            }
            return longest;
        }
    }

    private static double insert(Connection connection, int records, int length) throws SQLException {
        Random random = new Random(1);
        byte[] blob = new byte[length];
        long start = System.nanoTime();
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO archive_record (leaf_index, bucket_id, conversation, captured_at, sealed) VALUES (?, ?, ?, ?, ?)")) {
            for (int i = 0; i < records; i++) {
                random.nextBytes(blob);
                insert.setLong(1, 1_000 + i);
                insert.setInt(2, 1);
                insert.setLong(3, 1 + i % CONVERSATIONS);
                insert.setLong(4, start);
                insert.setBytes(5, blob.clone());
                insert.addBatch();
                if ((i + 1) % BATCH == 0 || i + 1 == records) {
                    insert.executeBatch();
                    connection.commit();
                }
            }
        }
        return records * 1e9 / (System.nanoTime() - start);
    }
}
