package im.chancery.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The log's folder, laid out as C2SP tlog-tiles says: {@code checkpoint}, {@code tile/L/N[.p/W]},
 * {@code tile/entries/N[.p/W]}. Files are put in place whole, at the latest by {@link #sync}, which makes them durable. One thread
 * writes; {@link #leaves} may be called by others.
 */
final class LogFolder {
    private static final String ENTRIES = "entries";
    private static final int MOST_WAITING = 512;

    private final Path folder;
    private final Path tiles;
    private final DurableFolders folders;
    /** What is to be put in place. */
    private final Map<Path, byte[]> waiting = new LinkedHashMap<>();
    private final Set<Path> touched = new LinkedHashSet<>();

    LogFolder(Path folder) {
        this.folder = folder;
        this.tiles = folder.resolve("tile");
        this.folders = new DurableFolders(folder.getParent());
    }

    Optional<String> checkpoint() throws IOException {
        try {
            return Optional.of(Files.readString(folder.resolve("checkpoint")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Puts a checkpoint in place, durably. Everything it covers must be durable already. */
    void writeCheckpoint(String note) throws IOException {
        folders.make(folder);
        DurableFiles.write(folder.resolve("checkpoint"), note.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        DurableFiles.syncFolder(folder);
    }

    /** Writes a tile of hashes; partial if it has less than 256. */
    void writeTile(int level, long number, List<byte[]> hashes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(hashes.size() * TileTree.HASH);
        hashes.forEach(bytes::put);
        write(path(Integer.toString(level), number, hashes.size()), bytes.array());
    }

    /** Writes a bundle of entries, each after its length in 16 bits; partial if it has less than 256. */
    void writeBundle(long number, List<byte[]> entries) throws IOException {
        ByteSink bytes = new ByteSink();
        entries.forEach(e -> bytes.u16(e.length).raw(e));
        write(path(ENTRIES, number, entries.size()), bytes.bytes());
    }

    /** Makes all files written since the last call durable, folders too. */
    void sync() throws IOException {
        putInPlace();
        for (Path each : touched) {
            DurableFiles.syncFolder(each);
        }
        touched.clear();
    }

    /** Removes partial tiles that a full one has replaced. No checkpoint may need them any more but by way of the full one. */
    void removePartials(long number) throws IOException {
        for (String kind : List.of("0", ENTRIES)) {
            removePartials(kind, number);
        }
        for (int level = 1; number % TileTree.WIDTH == TileTree.WIDTH - 1; level++) {
            number /= TileTree.WIDTH;
            removePartials(Integer.toString(level), number);
        }
    }

    /**
     * The right edge at a size that a checkpoint was made for.
     *
     * @param logSize the newest checkpoint's size, at least {@code size}
     * @throws ArchiveException if a tile is missing or too short
     */
    TileTree edge(long size, long logSize) throws IOException {
        List<List<byte[]>> levels = new ArrayList<>();
        for (int level = 0; size >>> (8 * level) > 0; level++) {
            long hashes = size >>> (8 * level);
            long number = hashes / TileTree.WIDTH;
            int there = (int) Math.min(TileTree.WIDTH, (logSize >>> (8 * level)) - number * TileTree.WIDTH);
            levels.add(read(level, number, (int) (hashes % TileTree.WIDTH), there));
        }
        return new TileTree(size, levels);
    }

    /** The entries of the partial bundle at a size that a checkpoint was made for. */
    List<byte[]> partialEntries(long size) throws IOException {
        int width = (int) (size % TileTree.WIDTH);
        List<byte[]> entries = new ArrayList<>();
        if (width > 0) {
            long number = size / TileTree.WIDTH;
            ByteSource bundle = new ByteSource(bytes(ENTRIES, number, width), "entry bundle " + number);
            for (int i = 0; i < width; i++) {
                entries.add(bundle.raw(bundle.u16()));
            }
        }
        return entries;
    }

    /** The hashes of a level-0 tile, at least up to {@code width}. */
    byte[] leaves(long number, int width) throws IOException {
        return bytes("0", number, width);
    }

    /** The first {@code width} hashes of a tile that has {@code there} of them. */
    private List<byte[]> read(int level, long number, int width, int there) throws IOException {
        List<byte[]> hashes = new ArrayList<>(TileTree.WIDTH);
        if (width > 0) {
            byte[] bytes = bytes(Integer.toString(level), number, there);
            if (bytes.length < width * TileTree.HASH) {
                throw new ArchiveException("log tile " + level + "/" + number + ": cut short");
            }
            for (int i = 0; i < width; i++) {
                hashes.add(Arrays.copyOfRange(bytes, i * TileTree.HASH, (i + 1) * TileTree.HASH));
            }
        }
        return hashes;
    }

    /** The full tile if it is there already, else the partial one of this width. */
    private byte[] bytes(String kind, long number, int width) throws IOException {
        try {
            return Files.readAllBytes(path(kind, number, TileTree.WIDTH));
        } catch (NoSuchFileException e) {
            return Files.readAllBytes(path(kind, number, width));
        }
    }

    private void write(Path file, byte[] bytes) throws IOException {
        Path parent = file.getParent();
        folders.make(parent);
        touched.add(parent);
        waiting.put(file, bytes);
        if (waiting.size() >= MOST_WAITING) {
            putInPlace();
        }
    }

    private void putInPlace() throws IOException {
        DurableFiles.write(waiting);
        waiting.clear();
    }

    private void removePartials(String kind, long number) throws IOException {
        Path partials = path(kind, number, 1).getParent();
        if (Files.isDirectory(partials)) {
            try (Stream<Path> files = Files.list(partials)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(partials);
            folders.removed(partials);
        }
    }

    /** {@code 1234067} becomes {@code x001/x234/067}. */
    private Path path(String kind, long number, int width) {
        StringBuilder name = new StringBuilder(String.format("%03d", number % 1000));
        for (long rest = number / 1000; rest > 0; rest /= 1000) {
            name.insert(0, String.format("x%03d/", rest % 1000));
        }
        return tiles.resolve(kind).resolve(width == TileTree.WIDTH ? name.toString() : name + ".p/" + width);
    }
}
