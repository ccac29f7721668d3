package im.chancery.archive;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** Opens archives. */
public final class Archives {
    private Archives() {
    }

    /**
     * Opens the archive, or makes it if there is none. Finishes destructions that this node has decided and a crash cut short, destroys again
     * keys that an older copy of the key folder has brought back, notes the outcome of attempts that have none as unknown, and brings the log up
     * to the database.
     *
     * @throws ArchiveException if another engine has the folders, the database could lose commits, a key is missing, or
     *                          log, database and what was signed last don't fit each other
     */
    public static Archive open(ArchiveConfig config, Clock clock) {
        FolderLocks locks = FolderLocks.take(config, () -> refuseLostDatabase(config));
        HikariDataSource database = null;
        try {
            database = Databases.open(config);
            HikariDataSource ours = database;
            return JdbcArchive.open(config, database, clock, () -> close(ours, config, locks));
        } catch (RuntimeException e) {
            try {
                close(database, config, locks);
            } catch (RuntimeException closing) {
                e.addSuppressed(closing); // as with a Derby that is damaged; why it is, matters
            }
            throw e;
        }
    }

    /**
     * Opens a copy of a data folder, such as a backup, for reading with the key folder of today, which an engine may have in
     * use. Of the data folder only what Derby writes when it opens its files is written: make a copy of the backup first. The
     * key folder isn't written to. The copy may be older than what the node has signed.
     *
     * @param config where {@code data} is the copy; of {@code store} only the place is used
     * @throws ArchiveException if the copy is another node's, in use, or was changed; or if there are no keys
     */
    public static ArchiveCopy openToRead(ArchiveConfig config) {
        HikariDataSource database = Databases.openToRead(config);
        try {
            return ArchiveCopy.open(config, database, () -> {
                database.close();
                Databases.shutDown(config);
            });
        } catch (RuntimeException e) {
            database.close();
            Databases.shutDown(config);
            throw e;
        }
    }

    /**
     * Copies the database of a stopped node into an empty one, whole or not at all, and verifies the copy before it counts. The old one
     * stays as it is. The next start on the new one records it; until then either can be started on.
     *
     * @param from   the node as it is
     * @param to     the same node with the new database
     * @param tables makes the tables of other modules in the new database
     * @return one line that says what was copied and verified
     * @throws ArchiveException if an engine runs, the old database is away, of another version, not the log's or unsound, or the new one isn't
     *                          empty, unsafe, or in use; nothing is kept then
     */
    public static String migrate(ArchiveConfig from, ArchiveConfig to, Consumer<DataSource> tables, Clock clock) {
        if (from.store().kind() == to.store().kind()) {
            throw new ArchiveException("both databases are of kind " + from.store().name() + "; allowed: Derby and PostgreSQL, in either direction");
        }
        FolderLocks locks = FolderLocks.take(from, () -> refuseLostDatabase(from));
        HikariDataSource old = null;
        HikariDataSource fresh = null;
        try {
            old = Databases.openToRead(from);
            fresh = Databases.open(to);
            Databases.prepare(fresh);
            tables.accept(fresh);
            try (Connection source = old.getConnection(); Connection target = fresh.getConnection()) {
                source.setAutoCommit(false);
                source.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                String said = new StoreCopy(from, from.store().name() + " to " + to.store().name(), clock).run(source, target);
                source.rollback();
                return said;
            }
        } catch (SQLException | IOException | IllegalArgumentException e) {
            throw new ArchiveException("the database can't be copied, and nothing of it is kept: " + e.getMessage(), e);
        } finally {
            try {
                close(old, from, null);
            } finally {
                close(fresh, to, locks);
            }
        }
    }

    /** @param database null if it wasn't opened @param locks null if they are to stay */
    private static void close(HikariDataSource database, ArchiveConfig config, FolderLocks locks) {
        try (locks) {
            if (database != null) {
                database.close();
                Databases.shutDown(config);
            }
        }
    }

    /** Where this node has signed something, its embedded database must be there: a new one is not made in silence. */
    private static void refuseLostDatabase(ArchiveConfig config) {
        Optional<String> signed = new HighWaterMark(config.keys(), config.origin()).note();
        if (config.store().kind() == StoreConfig.Kind.DERBY && signed.isPresent() && !Files.exists(config.data().resolve("db"))) {
            throw new ArchiveException("data folder " + config.data() + ": has no database, but this node has signed a log. Signed last:\n"
                    + signed.get() + "database: none" + HighWaterMark.WHAT_TO_DO);
        }
    }

    /** As {@link #open(ArchiveConfig, Clock)} on a database that the caller has opened, and closes. */
    public static Archive open(ArchiveConfig config, DataSource database, Clock clock) {
        FolderLocks locks = FolderLocks.take(config, () -> { });
        try {
            return JdbcArchive.open(config, database, clock, locks::close);
        } catch (RuntimeException e) {
            locks.close();
            throw e;
        }
    }
}
