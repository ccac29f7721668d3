package im.chancery.archive;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * An engine's archive on a small disk of its own, which runs full, or becomes read-only. A program of its own, because only it sees the
 * disk. It ends with 0 if everything was as it must be.
 */
final class DiskChild {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST = 60_000;

    private final Path folder;
    private final ArchiveConfig config;
    private int acknowledged;

    private DiskChild(Path folder) {
        this.folder = folder;
        this.config = Samples.derby(folder);
    }

    /** The mount point; {@code full}, {@code read-only}, or {@code verify} and how many records were acknowledged. */
    public static void main(String[] args) throws Exception {
        DiskChild child = new DiskChild(Path.of(args[0]));
        switch (args[1]) {
            case "full" -> child.full();
            case "read-only" -> child.readOnly();
            default -> child.verify(Integer.parseInt(args[2]));
        }
    }

    private void full() throws Exception {
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            append(archive, 50);
            Path ballast = folder.resolve("ballast");
            fill(ballast);
            int refused = appendUntilRefused(archive);
            for (int i = 0; i < 2; i++) {
                require(!append(archive), "a full disk takes no record");
            }
            require(!archive.status().available(), "it says that it isn't available");
            System.out.println("refused after " + refused + " records on a full disk");
            Files.delete(ballast);
            awaitAnAppend(archive);
            append(archive, 50);
            archive.integrate();
        }
        verify(acknowledged);
    }

    /** The kernel does the same after an error of the device. */
    private void readOnly() throws Exception {
        Archive archive = Archives.open(config, Clock.systemUTC());
        append(archive, 50);
        archive.integrate();
        append(archive, 5);
        require(new ProcessBuilder("mount", "-o", "remount,abort", folder.toString()).inheritIO().start().waitFor() == 0, "the disk is read-only");
        int refused = appendUntilRefused(archive);
        System.out.println("refused after " + refused + " records on a read-only disk");
        requireFails(archive::integrate, "a checkpoint isn't signed where it can't be kept");
        requireFails(archive::close, "a close that couldn't store everything says so");
        requireFails(() -> Archives.open(config, Clock.systemUTC()), "an engine doesn't start on a read-only disk");
        System.out.println("acknowledged " + acknowledged);
    }

    /** Takes the space that is left. */
    private static void fill(Path ballast) throws IOException {
        try (FileOutputStream out = new FileOutputStream(ballast.toFile())) {
            byte[] block = new byte[64 << 10];
            for (long written = 0; written < 1L << 30; written += block.length) {
                out.write(block);
            }
            throw new IllegalStateException("the disk isn't small");
        } catch (IOException e) {
            System.out.println("the disk is full: " + e.getMessage());
        }
    }

    private int appendUntilRefused(Archive archive) {
        for (int i = 0; i < MOST; i++) {
            if (!append(archive)) {
                return i;
            }
        }
        throw new IllegalStateException("no record was refused");
    }

    private void awaitAnAppend(Archive archive) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!append(archive)) {
            require(System.nanoTime() < deadline, "it goes on without a restart when there is space again");
        }
    }

    private void append(Archive archive, int count) {
        for (int i = 0; i < count; i++) {
            require(append(archive), "a record is taken");
        }
    }

    private boolean append(Archive archive) {
        try {
            archive.append(Samples.attempt(content(acknowledged), "a@x")).toCompletableFuture().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
            acknowledged++;
            return true;
        } catch (CompletionException e) {
            if (e.getCause() instanceof ArchiveException) {
                return false;
            }
            throw e;
        }
    }

    private static String content(int number) {
        return "record " + number + " " + "x".repeat(2_000);
    }

    private void verify(int expected) throws Exception {
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            Set<String> found = Set.copyOf(Samples.contents(archive.find(Samples.with("a@x"))));
            IntStream.range(0, expected).forEach(i -> require(found.contains(content(i)), "record " + i + " is there"));
            archive.requireRecords();
            require(append(archive), "it goes on");
        }
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()).strip());
        try (Connection connection = DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db"))) {
            Verification found = RecordsVerifier.verify(config.log(), key, LogVerifier.verify(config.log(), key, List.of()), connection);
            require(found.consistent(), found.text());
        }
        Databases.shutDown(config);
        System.out.println("verified " + expected + " acknowledged records");
    }

    private static void requireFails(Runnable step, String what) {
        try {
            step.run();
        } catch (RuntimeException e) {
            System.out.println(e.getMessage());
            return;
        }
        throw new IllegalStateException("not so: " + what);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not so: " + what);
        }
    }
}
