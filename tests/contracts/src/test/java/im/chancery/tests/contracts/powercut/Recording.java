package im.chancery.tests.contracts.powercut;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a process has done below one folder, and told, in order; and of each change from when on it is sure to survive a power cut.
 *
 * <p>A file's content is sure by a later sync of the file, or because it was opened for synced writes; a name is by a sync of its folder.
 * Below {@code lenient} a new file's name is also sure by a sync of the file, as on ext4, XFS and Btrfs, whose journal has the name
 * before the content: Derby, whose folder that is, syncs no folders.
 */
final class Recording {
    /** What the process told on its standard output. */
    record Told(long moment, String line) {
    }

    /** The number of the folder itself, which is there. */
    static final int ROOT = 1;

    /** A file or folder as the process sees it. */
    private static final class Node {
        private final int number;
        private final Map<String, Node> entries = new HashMap<>();
        private final List<Change> unsure = new ArrayList<>();
        /** The change that gave it its first name, and the folder that is in; none for the root. */
        private Change.Entry made;
        private Node parent;
        private boolean lenient;
        private boolean pages;
        private long length;

        private Node(int number) {
            this.number = number;
        }
    }

    /** What a file descriptor stands for. */
    private static final class Open {
        private final Node node;
        private final boolean synced;
        private final boolean appends;
        private long offset;

        private Open(Node node, boolean synced, boolean appends) {
            this.node = node;
            this.synced = synced;
            this.appends = appends;
        }
    }

    private final Path top;
    private final Path lenient;
    private final List<Change> changes = new ArrayList<>();
    private final List<Told> told = new ArrayList<>();
    private final Map<Integer, Open> open = new HashMap<>();
    private final Node root = new Node(ROOT);
    private final Set<Integer> folders = new HashSet<>(Set.of(ROOT));
    private int nodes = ROOT;
    private long end;

    /** @param top the folder, empty when the recording begins */
    Recording(Path top, Path lenient) {
        this.top = top;
        this.lenient = lenient;
    }

    List<Change> changes() {
        return changes;
    }

    List<Told> told() {
        return told;
    }

    boolean isFolder(int node) {
        return folders.contains(node);
    }

    /** The last moment. */
    long end() {
        return end;
    }

    void tells(long moment, String line) {
        end = moment;
        told.add(new Told(moment, line));
    }

    /** Where a descriptor leads, if it was opened below the folder. */
    boolean knows(int descriptor) {
        return open.containsKey(descriptor);
    }

    void opens(long begun, long done, int descriptor, Path path, String flags) {
        open.remove(descriptor);
        if (!path.startsWith(top)) {
            return;
        }
        Node node = find(path);
        if (node == null) {
            node = make(begun, done, path);
        } else if (flags.contains("O_TRUNC")) {
            length(begun, done, node, 0);
        }
        open.put(descriptor, new Open(node, flags.contains("SYNC"), flags.contains("O_APPEND")));
    }

    void closes(int descriptor) {
        open.remove(descriptor);
    }

    void duplicates(int descriptor, int duplicate) {
        open.put(duplicate, open.get(descriptor));
    }

    void makesFolder(long begun, long done, Path path) {
        if (path.startsWith(top)) {
            folders.add(make(begun, done, path).number);
        }
    }

    void removes(long begun, long done, Path path) {
        if (path.startsWith(top)) {
            enter(begun, done, find(path.getParent()), name(path), null, null);
        }
    }

    void renames(long begun, long done, Path from, Path to) {
        if (from.startsWith(top) || to.startsWith(top)) {
            require(from.getParent().equals(to.getParent()), "a rename into another folder");
            Node node = find(from);
            enter(begun, done, find(to.getParent()), name(to), node, name(from));
        }
    }

    void seeks(int descriptor, long offset) {
        open.get(descriptor).offset = offset;
    }

    void reads(int descriptor, long count) {
        open.get(descriptor).offset += count;
    }

    /** {@code offset} is -1 where the descriptor's own counts. */
    void writes(long begun, long done, int descriptor, long offset, byte[] bytes) {
        Open to = open.get(descriptor);
        long at = offset >= 0 ? offset : to.appends ? to.node.length : to.offset;
        Change.Write write = new Change.Write(begun, done, to.node.number, to.node.pages, at, bytes);
        add(to.node, write);
        to.node.length = Math.max(to.node.length, at + bytes.length);
        if (offset < 0) {
            to.offset = at + bytes.length;
        }
        if (to.synced) {
            sure(write, done);
            to.node.unsure.remove(write);
            name(to.node, done, done);
        }
    }

    void setsLength(long begun, long done, int descriptor, long length) {
        length(begun, done, open.get(descriptor).node, length);
    }

    /** A file's content, or all entries of a folder. */
    void syncs(long begun, long done, int descriptor) {
        Node node = open.get(descriptor).node;
        node.unsure.removeIf(change -> {
            boolean covered = change.done < begun;
            if (covered) {
                sure(change, done);
            }
            return covered;
        });
        name(node, begun, done);
        end = done;
    }

    /** A sync of a new file makes its name sure, and its folders', where that is so. */
    private void name(Node node, long begun, long done) {
        for (Node at = node; at.lenient && at.made.done <= begun; at = at.parent) {
            sure(at.made, done);
            at.parent.unsure.remove(at.made);
        }
    }

    private static void sure(Change change, long moment) {
        change.sure = Math.min(change.sure, moment);
    }

    private void length(long begun, long done, Node node, long length) {
        add(node, new Change.Length(begun, done, node.number, length));
        node.length = length;
    }

    private Node make(long begun, long done, Path path) {
        Node node = new Node(++nodes);
        node.parent = find(path.getParent());
        node.lenient = path.startsWith(lenient);
        node.pages = path.getParent().endsWith("seg0");
        node.made = enter(begun, done, node.parent, name(path), node, null);
        return node;
    }

    private Change.Entry enter(long begun, long done, Node folder, String name, Node node, String gone) {
        require(folder != null, "a name in a folder that isn't there");
        if (gone != null) {
            folder.entries.remove(gone);
        }
        if (node == null) {
            require(folder.entries.remove(name) != null, "something removed that wasn't there: " + name);
        } else {
            folder.entries.put(name, node);
        }
        Change.Entry entry = new Change.Entry(begun, done, folder.number, name, node == null ? 0 : node.number, gone);
        add(folder, entry);
        return entry;
    }

    private void add(Node node, Change change) {
        changes.add(change);
        node.unsure.add(change);
        end = change.done;
    }

    private Node find(Path path) {
        Node node = root;
        for (Path name : top.relativize(path)) {
            if (node != null && !name.toString().isEmpty()) {
                node = node.entries.get(name.toString());
            }
        }
        return node;
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private static void require(boolean understood, String otherwise) {
        if (!understood) {
            throw new AssertionError("the trace can't be followed: " + otherwise);
        }
    }
}
