package im.chancery.archive;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Semaphore;

/**
 * A process that appends and tells on standard output, one system call a line, what was acknowledged. Arguments: folder,
 * how many in flight, how many in all, {@code safe} or {@code unsafe}. Unsafe switches Derby's syncing off behind the
 * archive's back.
 */
final class AppendingChild {
    private static final String DURABILITY = "derby.system.durability";

    private AppendingChild() {
    }

    public static void main(String[] args) throws Exception {
        ArchiveConfig config = Samples.derby(Path.of(args[0]));
        Semaphore places = new Semaphore(Integer.parseInt(args[1]));
        int count = Integer.parseInt(args[2]);
        boolean unsafe = args[3].equals("unsafe");
        Archive archive;
        if (unsafe) {
            DurableFiles.makeFolder(config.data());
            var database = Databases.open(config);
            database.close();
            Databases.shutDown(config);
            System.setProperty(DURABILITY, "test");
            com.zaxxer.hikari.HikariConfig pool = new com.zaxxer.hikari.HikariConfig();
            pool.setJdbcUrl("jdbc:derby:" + config.data().resolve("db"));
            var booted = new com.zaxxer.hikari.HikariDataSource(pool);
            System.clearProperty(DURABILITY);
            archive = Archives.open(config, booted, Clock.systemUTC());
        } else {
            archive = Archives.open(config, Clock.systemUTC());
        }
        FileOutputStream out = new FileOutputStream(java.io.FileDescriptor.out);
        for (int i = 0; i < count; i++) {
            places.acquire();
            String content = "number " + i + " of " + ProcessHandle.current().pid();
            archive.append(Samples.attempt(content, "a" + i % 7 + "@x", "b@x")).whenComplete((id, failure) -> {
                if (failure == null) {
                    tell(out, id, content);
                    archive.outcome(id, Outcome.HANDED_ON);
                }
                places.release();
            });
        }
        places.acquire(Integer.parseInt(args[1]));
        archive.close();
    }

    private static void tell(FileOutputStream out, RecordId id, String content) {
        try {
            out.write(("ACK " + id.index() + " " + content + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
