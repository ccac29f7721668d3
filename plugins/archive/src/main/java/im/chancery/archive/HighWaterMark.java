package im.chancery.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The newest checkpoint that this node has signed, kept in the key folder as
 * {@code marks/ORIGIN/checkpoint}. It is durable before the checkpoint is seen anywhere else. The key folder isn't restored
 * together with the data folder, so a data folder that is older than the mark is found at start-up, before a second root is
 * signed for a size that has one. Written by one thread.
 */
final class HighWaterMark {
    static final String WHAT_TO_DO = "\nRestore the newest copy of the data folder. If there is none, give the node a new name and an empty data "
            + "folder, and keep the key folder: the new log then begins with the last checkpoint of this one";

    private static final String MARKS = "marks";

    private final Path keys;
    private final Path marks;
    private final Path file;
    private final String origin;
    private final DurableFolders folders;

    /** @param keys the key folder */
    HighWaterMark(Path keys, String origin) {
        this.keys = keys;
        this.marks = keys.resolve(MARKS);
        this.file = file(keys, origin);
        this.origin = origin;
        this.folders = new DurableFolders(keys);
    }

    /** The mark as it stands in its file; empty if nothing was ever signed. */
    Optional<String> note() {
        return read(file);
    }

    /**
     * The mark, with its signature checked.
     *
     * @throws ArchiveException if it was changed, or is another node's
     */
    Optional<SignedCheckpoint> read(NoteSigner signer) {
        return note().map(note -> SignedCheckpoint.read(note, origin, signer, "the mark " + file));
    }

    /** Puts a newer checkpoint in place, durably. */
    void raise(String note) throws IOException {
        folders.make(file.getParent());
        DurableFiles.writeSecret(file, note.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The marks of other nodes, which used this key folder before: a new log names them when it begins.
     *
     * @throws ArchiveException if a node has keys here but no mark, or a mark was changed
     */
    List<String> predecessors(RootKeys root) {
        List<String> notes = new ArrayList<>();
        Set<String> others = new TreeSet<>(names(marks));
        others.addAll(names(keys.resolve(KeyFolder.BUCKETS)));
        others.remove(origin);
        for (String other : others) {
            String note = read(file(keys, other)).orElseThrow(() -> new ArchiveException("key folder " + keys + ": has keys of node '" + other
                    + "', but not the mark of its last checkpoint, " + file(keys, other) + ". Restore the key folder, or give node '" + origin + "' an empty one"));
            notes.add(SignedCheckpoint.read(note, other, new NoteSigner(other, root), "the mark " + file(keys, other)).note());
        }
        return notes;
    }

    /** The file of a node's mark. */
    static Path file(Path keys, String node) {
        return keys.resolve(MARKS).resolve(node).resolve("checkpoint");
    }

    private static List<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new ArchiveException("key folder " + folder + ": can't be read", e);
        }
    }

    private static Optional<String> read(Path file) {
        try {
            // Bytes that aren't UTF-8 become other characters, and fail the signature.
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new ArchiveException("the mark " + file + " can't be read", e);
        }
    }
}
