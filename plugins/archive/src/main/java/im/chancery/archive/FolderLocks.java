package im.chancery.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Keeps a second engine out of the data folder and the key folder. The locks go when the process does. */
final class FolderLocks implements AutoCloseable {
    private final Deque<FileChannel> channels = new ArrayDeque<>();

    /** @throws ArchiveException if somebody else has one of them */
    static FolderLocks take(ArchiveConfig config) {
        FolderLocks locks = new FolderLocks();
        try {
            for (Path folder : List.of(config.data(), config.keys())) {
                DurableFiles.makeFolder(folder);
                FileChannel channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                locks.channels.push(channel);
                if (!locked(channel)) {
                    throw new ArchiveException("folder " + folder + ": another engine is using it");
                }
            }
            return locks;
        } catch (IOException e) {
            locks.close();
            throw new ArchiveException("data folder or key folder: can't be locked", e);
        } catch (RuntimeException e) {
            locks.close();
            throw e;
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // by another archive of this process
        }
    }

    @Override
    public void close() {
        while (!channels.isEmpty()) {
            try {
                channels.pop().close();
            } catch (IOException e) {
                throw new ArchiveException("a lock file can't be closed", e);
            }
        }
    }
}
