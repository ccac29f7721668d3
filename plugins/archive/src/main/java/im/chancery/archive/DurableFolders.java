package im.chancery.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Makes folders below one, each entered durably in its parent. One that is there already may have been made by a start that was cut short
 * before it synced, or by a try whose sync failed; so each is synced once in the life of this. Safe for many threads.
 */
final class DurableFolders {
    private final Path top;
    private final Set<Path> durable = new HashSet<>();

    /** @param top is there, and durable */
    DurableFolders(Path top) {
        this.top = top;
    }

    /** Makes a folder, and those between it and the top one. */
    synchronized void make(Path folder) throws IOException {
        if (folder.equals(top) || durable.contains(folder)) {
            return;
        }
        make(folder.getParent());
        Files.createDirectories(folder);
        DurableFiles.syncFolder(folder.getParent());
        durable.add(folder);
    }

    /** Says that a folder was removed. */
    synchronized void removed(Path folder) {
        durable.remove(folder);
    }
}
