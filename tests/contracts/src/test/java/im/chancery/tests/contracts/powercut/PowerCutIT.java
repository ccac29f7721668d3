package im.chancery.tests.contracts.powercut;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.BucketId;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.tests.contracts.SettableClock;
import im.chancery.tests.contracts.faults.Promises;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut. An archive's life is recorded, each of its system calls on files; then for many moments of it the folders are made as the disk may have them
 * if the power goes just then, and the archive is opened on them: it opens, and all that it has promised is kept.
 */
class PowerCutIT {
    private static final boolean LONG = Boolean.getBoolean("chancery.long");
    private static final int CUTS = LONG ? 2_000 : 36;
    private static final int TORN_CUTS = LONG ? 300 : 6;
    private static final List<Disk.Fate> FATES = List.of(Disk.Fate.LOST, Disk.Fate.CHANCE, Disk.Fate.KEPT);

    @TempDir
    private static Path folder;
    private static Recording recording;
    private final long seed = Long.getLong("chancery.powercut.seed", new Random().nextLong());
    private final Random random = new Random(seed);

    @BeforeAll
    static void record() throws Exception {
        Path home = Files.createDirectory(folder.resolve("recorded"));
        Path trace = folder.resolve("trace");
        Path log = folder.resolve("child.log");
        List<String> calls = new ArrayList<>(TraceReader.CALLS);
        calls.addAll(TraceReader.NOT_UNDERSTOOD);
        Process child = new ProcessBuilder("strace", "-f", "-qq", "--seccomp-bpf", "-s", Integer.toString(64 << 20), "-e", "trace=" + String.join(",", calls), "-e", "raw=read",
                "-o", trace.toString(), Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                // Derby switches its log, writes its checkpoints and pushes pages out often enough to be seen
                "-Dderby.storage.checkpointInterval=100000", "-Dderby.storage.logSwitchInterval=100000", "-Dderby.storage.pageCacheSize=40",
                "-cp", System.getProperty("java.class.path"), WritingChild.class.getName(), home.toString())
                .redirectError(log.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(child.waitFor()).as(Files.readString(log)).isZero();
        recording = new Recording(home, home.resolve("data/db"));
        TraceReader.read(trace, recording, home);
        assertThat(recording.told().stream().filter(told -> told.line().startsWith("DESTROYED"))).hasSize(WritingChild.LIVES);
    }

    @Test
    void whatWasPromisedShouldSurviveAPowerCut() {
        int unsure = 0;
        for (int i = 0; i < CUTS; i++) {
            long cut = moment(i);
            Disk.Fate fate = FATES.get(i % FATES.size());
            Disk disk = Disk.after(recording, cut, fate, random);
            unsure += disk.unsure();
            String where = where(i, cut, fate);
            try {
                assertKept(disk, cut, where);
            } catch (Exception e) {
                throw new AssertionError(where, e);
            }
        }
        System.out.printf("power cuts: %d in %,d changes, of which %.1f were not sure at a cut; seed %d%n", CUTS, recording.changes().size(), (double) unsure / CUTS, seed);
        assertThat(unsure).as("changes that could have been lost").isPositive();
    }

    /** Derby can't mend a page that was written in part. It must be told, at the start or when it is read, and nothing missed in silence. */
    @Test
    void aTornPageShouldBeToldRatherThanMissed() throws Exception {
        List<Change> pages = recording.changes().stream().filter(change -> change instanceof Change.Write write && write.page && change.sure > change.begun + 1).toList();
        int torn = 0;
        int told = 0;
        for (int i = 0; i < TORN_CUTS; i++) {
            long cut = pages.get(random.nextInt(pages.size())).begun + 1;
            Disk disk = Disk.after(recording, cut, Disk.Fate.TORN_PAGES, random);
            torn += disk.tornPages();
            try {
                assertKept(disk, cut, where(i, cut, Disk.Fate.TORN_PAGES));
            } catch (ArchiveException | CompletionException | SQLException e) {
                told++;
                delete(folder.resolve("cut"));
            }
        }
        System.out.printf("torn pages: %d in %d power cuts, %d of which were told; seed %d%n", torn, TORN_CUTS, told, seed);
        assertThat(torn).isPositive();
    }

    private String where(int i, long cut, Disk.Fate fate) {
        return "cut " + i + " at " + cut + " of " + recording.end() + ", what wasn't sure: " + fate + ", seed " + seed;
    }

    /** Every other cut is just after something was promised, the others anywhere, all spread over the whole time. */
    private long moment(int i) {
        double place = (i + random.nextDouble()) / CUTS;
        List<Recording.Told> told = recording.told();
        return i % 2 == 0 ? told.get((int) (place * told.size())).moment() + 1 : recording.changes().get((int) (place * recording.changes().size())).begun + 1;
    }

    private static void assertKept(Disk disk, long cut, String where) throws Exception {
        Path home = Files.createDirectory(folder.resolve("cut"));
        disk.write(home);
        // It writes nothing by itself: what is verified in an embedded database must not change meanwhile
        ArchiveConfig config = WritingChild.config(home).withIntervals(Duration.ofHours(1), Duration.ofHours(1));
        Promises promises = new Promises(config);
        recording.told().stream().filter(told -> told.moment() < cut).forEach(told -> promise(promises, told.line()));
        try (Archive archive = Archives.open(config, new SettableClock(WritingChild.START.plus(Duration.ofDays(30))))) {
            promises.assertKept(archive, where);
            archive.append(NewRecord.of(RecordType.NODE, "audit", Set.of(), Optional.empty(), Map.of(), "goes on")).toCompletableFuture().join();
            promises.signed(archive.integrate(), where);
            try (Connection connection = archive.dataSource().getConnection()) {
                promises.assertVerifies(connection, where);
            }
        }
        delete(home);
    }

    private static void promise(Promises promises, String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "ACK" -> promises.acknowledged(Long.parseLong(words[1]), BucketId.parse(words[2]), words[3]);
            case "ORDERED" -> promises.ordered(BucketId.parse(words[1]), Set.of(Long.parseLong(words[2])));
            case "DESTROYED" -> promises.destroyed(BucketId.parse(words[1]));
            case "SIGNED" -> promises.published(line.substring(line.indexOf(' ') + 1).replace("|", "\n"));
            default -> { } // the log goes there too
        }
    }

    private static void delete(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
