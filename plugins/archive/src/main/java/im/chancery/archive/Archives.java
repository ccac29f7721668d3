package im.chancery.archive;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.time.Clock;
import java.util.Optional;
import javax.sql.DataSource;

/** Opens archives. */
public final class Archives {
    private Archives() {
    }

    /**
     * Opens the archive, or makes it if there is none. Finishes destructions that this node has
     * decided and a crash cut short, notes the outcome
     * of attempts that have none as unknown, and brings the log up to the database.
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
