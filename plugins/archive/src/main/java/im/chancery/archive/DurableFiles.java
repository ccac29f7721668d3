package im.chancery.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/** Writes files so that after a crash each is there whole, or not at all; and destroys them. POSIX file systems only. */
final class DurableFiles {
    private static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> SECRET_FOLDER = PosixFilePermissions.fromString("rwx------");

    /** What the name of a file ends with until it is whole. */
    static final String TEMPORARY = ".tmp";

    private DurableFiles() {
    }

    /** Puts a file in place, synced, with its folder. Readable by its owner only. */
    static void writeSecret(Path file, byte[] bytes) throws IOException {
        Path temporary = temporary(file);
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, PosixFilePermissions.asFileAttribute(SECRET));
        writeAndSync(temporary, bytes);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(file.getParent());
    }

    /** As {@link #writeSecret}; what the file held before is overwritten then, or the disk would keep it in blocks that belong to nobody. */
    static void replaceSecret(Path file, byte[] bytes) throws IOException {
        if (!Files.exists(file)) {
            writeSecret(file, bytes);
            return;
        }
        try (FileChannel before = FileChannel.open(file, StandardOpenOption.WRITE)) { // its name is the new file's by then
            writeSecret(file, bytes);
            overwrite(before);
        }
    }

    /** Puts a file in place, itself synced; the folder is left to {@link #sync}, so that one sync serves many files. */
    static void write(Path file, byte[] bytes) throws IOException {
        write(Map.of(file, bytes));
    }

    /**
     * As {@link #write(Path, byte[])} for many files. All are written before the first is synced: a journaling file system then needs
     * little more for all of them than for one.
     */
    static void write(Map<Path, byte[]> files) throws IOException {
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            Files.write(temporary(file.getKey()), file.getValue());
        }
        for (Path file : files.keySet()) {
            try (FileChannel channel = FileChannel.open(temporary(file), StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }
        for (Path file : files.keySet()) {
            Files.move(temporary(file), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Makes a folder and its parents, each entered durably in its own parent. */
    static void makeFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            makeFolder(parent);
        }
        Files.createDirectories(folder);
        if (parent != null) {
            sync(parent);
        }
    }

    /** As {@link #makeFolder}, and nobody but the owner may look into the last one. */
    static void makeSecretFolder(Path folder) throws IOException {
        makeFolder(folder);
        Files.setPosixFilePermissions(folder, SECRET_FOLDER);
    }

    /** Makes a file's content durable, or what was named, renamed and removed in a folder. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Overwrites a file in place, syncs, removes it, syncs the folder. Does nothing if it isn't there. */
    static void erase(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            overwrite(channel);
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(file);
        sync(file.getParent());
    }

    private static void overwrite(FileChannel channel) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate(8192);
        for (long at = 0, size = channel.size(); at < size; at += zeros.capacity()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
            while (zeros.hasRemaining()) {
                channel.write(zeros, at + zeros.position());
            }
        }
        channel.force(true);
    }

    /** What a file is called until it is whole. A crash may leave it there. */
    static Path temporary(Path file) {
        return file.resolveSibling(file.getFileName() + TEMPORARY);
    }

    private static void writeAndSync(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }
}
