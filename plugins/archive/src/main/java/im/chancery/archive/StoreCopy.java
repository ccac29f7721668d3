package im.chancery.archive;

import im.chancery.archive.verify.Finding;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies all tables of an archive's database, and those of other modules beside them, into an empty database, in one transaction:
 * verified in it, before it is committed. So a copy that is cut short, by a kill or a fault, leaves empty tables, on which no engine
 * starts that has signed anything; and can be begun again. The old database's rows are only read.
 *
 * <p>Verified is that each table has the same rows, by a sum over all of them; that the log has the root that was signed; and that each
 * sealed record is its leaf of that log. The node's next start records the move.
 */
final class StoreCopy {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCopy.class);
    private static final String MODULE = "_schema_history";
    private static final int MOST_NAMED = 3;

    private final ArchiveConfig from;
    private final String what;
    private final Clock clock;

    /** @param what the kinds of the two databases, as the record names them */
    StoreCopy(ArchiveConfig from, String what, Clock clock) {
        this.from = from;
        this.what = what;
        this.clock = clock;
    }

    /**
     * Copies, verifies and commits.
     *
     * @param source to be read; its tables are of this program's version
     * @param target this node's alone; its tables are there
     * @return one line that says what was copied and verified
     */
    String run(Connection source, Connection target) throws SQLException, IOException {
        target.setAutoCommit(false);
        WriterLock.take(target);
        try {
            Map<String, CopiedTable> tables = tables(source, target);
            requireEmpty(target, tables.values());
            Verification log = requireWholeLog(source);
            long rows = 0;
            Map<String, RowSum> copied = new LinkedHashMap<>();
            for (CopiedTable table : tables.values()) {
                RowSum sum = table.copy(source, target);
                copied.put(table.name(), sum);
                rows += sum.rows();
            }
            requireSame(target, tables.values(), copied);
            requireVerified(target, log);
            long records = copied.get("archive_record").rows();
            String said = what + " at " + clock.instant().truncatedTo(ChronoUnit.SECONDS) + ": " + records + " records in "
                    + copied.get("archive_bucket").rows() + " buckets, " + rows + " rows of " + tables.size() + " tables; log size " + log.size();
            NodeRow.move(target, said);
            target.commit();
            return said + "; verified: every row is the same, each record is its leaf, and the log has the root that was signed"
                    + log.signedAt().map(at -> " at " + at).orElse("");
        } finally {
            end(target);
        }
    }

    /** Takes back what wasn't committed, and lets go of the lock at once: an engine may start now. */
    private static void end(Connection target) {
        try {
            target.rollback();
            WriterLock.release(target);
            target.commit();
        } catch (SQLException e) {
            LOG.debug("the new database is gone, and its transaction with it", e);
        }
    }

    /** The tables to copy, by name: the same on both sides, of one version. */
    private static Map<String, CopiedTable> tables(Connection source, Connection target) throws SQLException {
        Map<String, CopiedTable> old = CopiedTable.all(source);
        Map<String, CopiedTable> fresh = CopiedTable.all(target);
        for (Map.Entry<String, CopiedTable> each : fresh.entrySet()) {
            if (each.getKey().endsWith(MODULE)) {
                requireVersion(each.getKey().replace(MODULE, ""), versions(old.get(each.getKey()), source), versions(each.getValue(), target));
            }
        }
        Set<String> odd = new TreeSet<>(old.keySet());
        odd.removeAll(fresh.keySet());
        Set<String> others = new TreeSet<>(fresh.keySet());
        others.removeAll(old.keySet());
        if (!odd.isEmpty() || !others.isEmpty()) {
            throw new ArchiveException("the databases don't have the same tables: " + (odd.isEmpty() ? "" : "only the old one has " + odd)
                    + (others.isEmpty() ? "" : " only the new one has " + others) + "; allowed: a new one without any tables");
        }
        Map<String, CopiedTable> copied = new TreeMap<>(old);
        copied.keySet().removeIf(name -> name.endsWith(MODULE));
        return copied;
    }

    /** The versions that a module's tables have gone through, as Flyway notes them; its names are quoted, since Derby would look for others. */
    private static List<String> versions(CopiedTable history, Connection connection) throws SQLException {
        List<String> versions = new ArrayList<>();
        if (history != null) {
            try (Statement select = connection.createStatement(); ResultSet rows = select.executeQuery("SELECT \"version\" FROM \"" + history.name()
                    + "\" WHERE \"type\" = 'SQL' AND \"success\" = TRUE ORDER BY \"installed_rank\"")) {
                while (rows.next()) {
                    versions.add(rows.getString(1));
                }
            }
        }
        return versions;
    }

    private static void requireVersion(String module, List<String> old, List<String> ours) {
        if (old.equals(ours)) {
            return;
        }
        boolean older = ours.containsAll(old);
        throw new ArchiveException("the old database's tables of " + module + " are of " + (older ? "an older" : "a newer or another") + " version of Chancery: found "
                + (old.isEmpty() ? "none" : old.get(old.size() - 1)) + "; allowed: " + ours.get(ours.size() - 1)
                + (older ? ". Start and stop the engine of this version on it, which brings them up to date" : ". Use the version that has written them"));
    }

    private static void requireEmpty(Connection target, Iterable<CopiedTable> tables) throws SQLException {
        for (CopiedTable table : tables) {
            if (!table.isEmpty(target)) {
                throw new ArchiveException("the new database isn't empty: its table " + table.name() + " has rows. Allowed: a database without records");
            }
        }
    }

    /** The log, verified, with every record of the old database under its checkpoint. */
    private Verification requireWholeLog(Connection source) throws SQLException, IOException {
        NodeRow.check(source, from.origin());
        Path mark = HighWaterMark.file(from.keys(), from.origin());
        Verification log;
        try (Stream<SeenCheckpoint> seen = Files.exists(mark) ? SeenCheckpoint.read(mark) : Stream.empty()) {
            log = LogVerifier.verify(from.log(), key(), seen);
        }
        refuse(log, "the log");
        long committed = RecordRows.nextIndex(source);
        if (committed != log.size()) {
            throw new ArchiveException("the log has " + log.size() + " leaves, the old database " + committed
                    + " records. Start the engine on it, and stop it: that brings the log up to date");
        }
        return log;
    }

    private void requireVerified(Connection target, Verification log) throws SQLException, IOException {
        refuse(RecordsVerifier.verify(from.log(), key(), log, target), "the old database");
    }

    private VerifierKey key() throws IOException {
        return VerifierKey.parse(Files.readString(from.verifierKey()).strip());
    }

    private static void refuse(Verification found, String what) {
        if (!found.consistent()) {
            List<String> named = found.findings().stream().limit(MOST_NAMED).map(Finding::toString).toList();
            throw new ArchiveException(what + " doesn't verify, so nothing is copied: " + String.join("; ", named)
                    + (found.findings().size() > MOST_NAMED ? "; and more" : "") + ". See chancery verify --records");
        }
    }

    private static void requireSame(Connection target, Iterable<CopiedTable> tables, Map<String, RowSum> copied) throws SQLException {
        for (CopiedTable table : tables) {
            RowSum found = table.sum(target);
            if (!found.equals(copied.get(table.name()))) {
                throw new ArchiveException("table " + table.name() + " has other rows in the new database than in the old one: " + found.rows()
                        + ", not " + copied.get(table.name()).rows() + ", or with other values; nothing is kept");
            }
        }
    }
}
