package im.chancery.tests.benchmarks;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.core.Outcome;
import im.chancery.tests.e2e.EngineHome;
import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppSetup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures how long an engine with a full archive on Derby takes from the start of its process until it serves.
 *
 * <p>Usage: {@code StartBenchmark [starts] [records]}; 5 starts with 1,000,000 records unless told.
 */
public final class StartBenchmark {
    private StartBenchmark() {
    }

    /** Fills the archive, starts and stops, and prints. */
    public static void main(String[] args) throws Exception {
        int starts = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int records = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
        List<Double> seconds = new ArrayList<>();
        try (EngineHome home = EngineHome.make(XmppHost.PROSODY, XmppSetup.PLAIN_DOMAIN, GatedHost.directory(100))) {
            Path folder = home.folder();
            String password = Files.readString(folder.resolve("secrets/keystore-password"));
            try (Archive archive = Archives.open(ArchiveConfig.derby(EngineHome.NODE, folder.resolve("data"), folder.resolve("keys"), password::toCharArray),
                    Clock.systemUTC())) {
                ArchiveBenchmark.fill(archive, records, id -> archive.outcome(id, Outcome.HANDED_ON));
            }
            for (int start = 1; start <= starts; start++) {
                long began = System.nanoTime();
                home.engine().start();
                seconds.add((System.nanoTime() - began) / 1e9);
                System.out.printf(Locale.ROOT, "start %d of %d: ready after %.2f s%n", start, starts, seconds.get(start - 1));
                home.engine().stop();
            }
            System.out.println(home.engine().log().lines().filter(l -> l.contains("ready in")).reduce((first, last) -> last).orElseThrow());
        }
        System.out.println(Machine.describe());
        System.out.printf(Locale.ROOT, "median of %d starts with %,d records: ready after %.2f s%n", starts, records, Machine.median(seconds));
    }
}
