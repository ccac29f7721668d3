package im.chancery.tests.contracts;

import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import java.nio.file.Path;
import java.time.Clock;

/** An archive in a process of its own, on folders that another one may have. It ends at once. */
final class SecondEngine {
    private SecondEngine() {
    }

    /** The data folder and the key folder. */
    public static void main(String[] args) {
        Archives.open(ArchiveConfig.derby("node-1", Path.of(args[0]), Path.of(args[1]), () -> "not a secret".toCharArray()), Clock.systemUTC()).close();
    }
}
