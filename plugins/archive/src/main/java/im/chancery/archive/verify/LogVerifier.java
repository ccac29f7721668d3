package im.chancery.archive.verify;

import im.chancery.archive.verify.SignedNote.BadNote;
import im.chancery.archive.verify.TileFolder.Name;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Verifies a copy of a log folder: every entry, every tile, the checkpoint's signature, and that the log begins with each
 * checkpoint seen before. The tree is computed anew from the entries, so that a root at any earlier size is a by-product
 * and no consistency proof has to be believed.
 */
public final class LogVerifier {
    private final TileFolder folder;
    private final VerifierKey key;
    private final List<Finding> findings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private record Seen(String name, Checkpoint checkpoint) {
    }

    /** What has become of a note, without the note: of some months' there are millions. Either its checkpoint is there, or what is wrong with it. */
    private record Opened(String name, Checkpoint checkpoint, String wrong) {
        private static final String CUT = "can't be read, it was cut short; nothing is proven by it";
        private static final String ANOTHER_LOGS = "is another log's";
    }

    private LogVerifier(Path folder, VerifierKey key) {
        this.folder = new TileFolder(folder);
        this.key = key;
    }

    /**
     * Verifies a log folder.
     *
     * @param folder the folder with {@code checkpoint} and {@code tile} in it
     * @param key    the log's key, from a source that can be trusted
     * @param seen   checkpoints that have left the machine before
     * @throws IOException if a file is there but can't be read
     */
    public static Verification verify(Path folder, VerifierKey key, List<SeenCheckpoint> seen) throws IOException {
        return verify(folder, key, seen.stream());
    }

    /** Verifies a log folder with more checkpoints than fit into memory; {@code seen} is read once, and left open. */
    public static Verification verify(Path folder, VerifierKey key, Stream<SeenCheckpoint> seen) throws IOException {
        return new LogVerifier(folder, key).verify(seen);
    }

    private Verification verify(Stream<SeenCheckpoint> given) throws IOException {
        List<Seen> seen = openSeen(given);
        Optional<Checkpoint> checkpoint = openCheckpoint();
        if (checkpoint.isEmpty()) {
            return new Verification(key.name(), -1, Optional.empty(), 0, "", findings, notes);
        }
        long size = checkpoint.get().size();
        List<Seen> within = new ArrayList<>();
        for (Seen each : seen) {
            if (each.checkpoint().size() > size) {
                findings.add(new Finding("checkpoint", "the log ends at size " + size + ", but " + each.name() + " was signed at size "
                        + each.checkpoint().size() + ": leaves " + size + " to " + (each.checkpoint().size() - 1)
                        + " were cut off, or the log was rolled back"));
            } else {
                within.add(each);
            }
        }
        TreeWalk walk = new TreeWalk(folder, size, findings);
        walk.watch(size);
        within.forEach(s -> walk.watch(s.checkpoint().size()));
        walk.run();
        Seen best = compareSeen(walk, within);
        if (!Arrays.equals(walk.root(size), checkpoint.get().root())) {
            findings.add(new Finding("checkpoint", "the tree of " + size + " leaves has root " + base64(walk.root(size))
                    + ", the checkpoint says " + base64(checkpoint.get().root())));
        }
        new FolderAudit(folder, size, findings, notes).run();
        Optional<Instant> signedAt = checkpoint.get().signedAt();
        return new Verification(key.name(), size, signedAt, best == null ? 0 : best.checkpoint().size(), best == null ? "" : best.name(),
                findings, notes);
    }

    /** @return the largest that the log begins with; null if none */
    private Seen compareSeen(TreeWalk walk, List<Seen> seen) {
        Seen best = null;
        for (Seen each : seen) {
            long at = each.checkpoint().size();
            if (Arrays.equals(walk.root(at), each.checkpoint().root())) {
                best = at == 0 ? best : each;
            } else {
                long from = best == null ? 0 : best.checkpoint().size();
                findings.add(new Finding("leaves " + from + " to " + (at - 1), "the tree of " + at + " leaves has root "
                        + base64(walk.root(at)) + ", " + each.name() + " says " + base64(each.checkpoint().root())
                        + ": something in this range was changed, removed, inserted or reordered"));
                break;
            }
        }
        return best;
    }

    private List<Seen> openSeen(Stream<SeenCheckpoint> given) {
        // On all cores: a file sink's notes of a year are as many signatures as a year has seconds, and each takes most of a millisecond.
        List<Opened> opened = given.parallel().map(this::open).toList();
        List<Seen> seen = new ArrayList<>();
        int others = 0;
        for (Opened each : opened) {
            if (each.checkpoint() != null) {
                seen.add(new Seen(each.name(), each.checkpoint()));
            } else if (each.wrong().equals(Opened.CUT)) {
                notes.add("seen checkpoint " + each.name() + ": " + each.wrong());
            } else if (each.wrong().equals(Opened.ANOTHER_LOGS)) {
                others++;
            } else {
                findings.add(new Finding("seen checkpoint " + each.name(), each.wrong()));
            }
        }
        if (others > 0) {
            notes.add(others + (others == 1 ? " of the seen checkpoints is another log's, and says" : " of the seen checkpoints are other logs', and say")
                    + " nothing of this one");
        }
        if (seen.isEmpty() && !opened.isEmpty() && findings.isEmpty()) {
            findings.add(new Finding("seen checkpoints", "none of those given is this log's and can be read"));
        }
        seen.sort(Comparator.comparingLong(s -> s.checkpoint().size()));
        return seen;
    }

    private Opened open(SeenCheckpoint given) {
        String wrong;
        try {
            return new Opened(given.name(), Checkpoint.open(given.note(), key), "");
        } catch (BadNote e) {
            wrong = e.getMessage();
        }
        if (SignedNote.isCut(given.note())) {
            wrong = Opened.CUT;
        } else if (isOfAnotherLog(given.note())) {
            wrong = Opened.ANOTHER_LOGS;
        }
        return new Opened(given.name(), null, wrong);
    }

    /** As a syslog of several nodes has them: neither of this log's name nor signed in it, whatever the key. */
    private boolean isOfAnotherLog(String note) {
        return !note.startsWith(key.name() + "\n") && note.lines().noneMatch(line -> line.startsWith(SignedNote.DASH + key.name() + " "));
    }

    private Optional<Checkpoint> openCheckpoint() throws IOException {
        try {
            Optional<String> note = folder.checkpoint();
            if (note.isEmpty()) {
                findings.add(new Finding("checkpoint", "there is none"));
                return Optional.empty();
            }
            return Optional.of(Checkpoint.open(note.get(), key));
        } catch (CharacterCodingException e) {
            findings.add(new Finding("checkpoint", "is not UTF-8"));
        } catch (BadNote e) {
            findings.add(new Finding("checkpoint", e.getMessage()));
        }
        return Optional.empty();
    }

    static String base64(byte[] hash) {
        return Base64.getEncoder().encodeToString(hash);
    }

    /** Looks at what the walk has not needed: partial tiles of earlier checkpoints, and files that don't belong there. */
    private record FolderAudit(TileFolder folder, long size, List<Finding> findings, List<String> notes) {

        void run() throws IOException {
            int newer = 0;
            for (String file : folder.files()) {
                Optional<Name> name = Name.parse(file);
                if (name.isEmpty()) {
                    if (file.endsWith(".tmp")) {
                        notes.add("tile/" + file + ": left over from a write that was cut short");
                    } else {
                        findings.add(new Finding("tile/" + file, "doesn't belong into a log folder"));
                    }
                } else if (isNewer(name.get())) {
                    newer++;
                } else if (name.get().isPartial()) {
                    comparePartial(name.get());
                }
            }
            if (newer > 0) {
                notes.add(newer + (newer == 1 ? " tile is" : " tiles are") + " newer than the checkpoint, which says nothing of them");
            }
        }

        private boolean isNewer(Name name) {
            int level = name.kind().equals(TileFolder.ENTRIES) ? 0 : Integer.parseInt(name.kind());
            if (level > 7) {
                return true;
            }
            return name.number() * TileFolder.WIDTH + name.width() > size >>> (8 * level);
        }

        private void comparePartial(Name name) throws IOException {
            int level = name.kind().equals(TileFolder.ENTRIES) ? 0 : Integer.parseInt(name.kind());
            long left = (size >>> (8 * level)) - name.number() * TileFolder.WIDTH;
            Optional<byte[]> there = folder.readExact(name);
            if (there.isEmpty()) {
                return; // cleared away since the folder was listed, by an engine that has written the full tile
            }
            byte[] partial = there.get();
            byte[] whole = folder.read(new Name(name.kind(), name.number(), (int) Math.min(left, TileFolder.WIDTH)))
                    .map(TileFolder.Found::bytes).orElse(new byte[0]);
            int length = name.kind().equals(TileFolder.ENTRIES) ? TreeWalk.bundleLength(whole, name.width()) : name.width() * Merkle.HASH;
            if (partial.length != length || whole.length < length || !Arrays.equals(partial, 0, length, whole, 0, length)) {
                findings.add(new Finding(name.toString(), "isn't the beginning of the wider tile"));
            }
        }
    }
}
