package im.chancery.archive;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps a second engine out of the data folder and the key folder. The locks go when the process does. */
final class FolderLocks implements AutoCloseable {
    private static final String LOCK = "lock";

    private final Deque<FileChannel> channels = new ArrayDeque<>();

    /**
     * Takes both.
     *
     * @param check run when nobody else has either, and before anything is made in a data folder that no engine has used
     * @throws ArchiveException if somebody else has one of them
     */
    static FolderLocks take(ArchiveConfig config, Runnable check) {
        FolderLocks locks = new FolderLocks();
        try {
            boolean used = Files.exists(config.data().resolve(LOCK));
            if (used) {
                locks.add(config.data());
            }
            locks.add(config.keys());
            check.run();
            if (!used) {
                locks.add(config.data());
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

    private void add(Path folder) throws IOException {
        DurableFiles.makeFolder(folder);
        FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channels.push(channel);
        if (!locked(channel)) {
            throw new ArchiveException("folder " + folder + ": another engine is using it");
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
