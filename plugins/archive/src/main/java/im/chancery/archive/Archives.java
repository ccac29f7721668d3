package im.chancery.archive;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Clock;
import javax.sql.DataSource;

/** Opens archives. */
public final class Archives {
    private Archives() {
    }

    /**
     * Opens the archive, or makes it if there is none. Finishes destructions that a crash cut short, notes the outcome
     * of attempts that have none as unknown, and brings the log up to the database.
     *
     * @throws ArchiveException if another engine has the folders, the database could lose commits, a key is missing, or
     *                          the log is ahead of the database or has another root
     */
    public static Archive open(ArchiveConfig config, Clock clock) {
        FolderLocks locks = FolderLocks.take(config);
        HikariDataSource database = null;
        try {
            database = Databases.open(config);
            HikariDataSource ours = database;
            return JdbcArchive.open(config, database, clock, () -> {
                ours.close();
                Databases.shutDown(config);
                locks.close();
            });
        } catch (RuntimeException e) {
            if (database != null) {
                database.close();
                Databases.shutDown(config);
            }
            locks.close();
            throw e;
        }
    }

    /** As {@link #open(ArchiveConfig, Clock)} on a database that the caller has opened, and closes. */
    public static Archive open(ArchiveConfig config, DataSource database, Clock clock) {
        FolderLocks locks = FolderLocks.take(config);
        try {
            return JdbcArchive.open(config, database, clock, locks::close);
        } catch (RuntimeException e) {
            locks.close();
            throw e;
        }
    }
}
