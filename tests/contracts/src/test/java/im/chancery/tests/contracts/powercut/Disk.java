package im.chancery.tests.contracts.powercut;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a disk may hold after the power was cut at some moment: all that was sure then, and of the rest whatever chance says. A write that isn't sure may be
 * there, or not, or in some of its sectors; one of a page of Derby's only if it is said so. A page that goes to the disk whole is there as it was at some
 * moment: a later write to it can't be there without an earlier one. Derby writes a file's first page in two, its head by itself.
 */
final class Disk {
    private static final int SECTOR = 512;

    /** What becomes of changes that aren't sure. */
    enum Fate {
        /** None is there. */
        LOST,
        /** Each is there, or not, or torn; a page is there or not. */
        CHANCE,
        /** As by chance, and pages are torn too. */
        TORN_PAGES,
        /** All are there, as after a kill. */
        KEPT
    }

    private final Map<Integer, byte[]> contents = new HashMap<>();
    private final Map<Integer, Map<String, Integer>> folders = new HashMap<>();
    private final Recording recording;
    private final Set<Place> lostPages = new HashSet<>();
    private int unsure;
    private int tornPages;

    /** Where a page begins. */
    private record Place(int node, long offset) {
    }

    private Disk(Recording recording) {
        this.recording = recording;
    }

    static Disk after(Recording recording, long cut, Fate fate, Random random) {
        Disk disk = new Disk(recording);
        for (Change change : recording.changes()) {
            if (change.begun >= cut) {
                break;
            }
            boolean sure = change.sure < cut;
            disk.unsure += sure ? 0 : 1;
            if (sure || fate == Fate.KEPT) {
                disk.apply(change, null);
            } else if (change instanceof Change.Write write && write.page) {
                disk.applyPage(write, fate, random);
            } else if (fate != Fate.LOST && random.nextBoolean()) {
                disk.apply(change, random.nextBoolean() ? null : random);
            }
        }
        return disk;
    }

    /** How many changes weren't sure. */
    int unsure() {
        return unsure;
    }

    /** How many pages were written in part. */
    int tornPages() {
        return tornPages;
    }

    private void applyPage(Change.Write write, Fate fate, Random random) {
        Place place = new Place(write.node, write.offset);
        if (fate == Fate.LOST || lostPages.contains(place) || !random.nextBoolean()) {
            lostPages.add(place);
        } else if (fate == Fate.TORN_PAGES && random.nextBoolean()) {
            tornPages++;
            apply(write, random);
        } else {
            apply(write, null);
        }
    }

    /** @param torn whether sectors are left out, and which; null where none are */
    private void apply(Change change, Random torn) {
        if (change instanceof Change.Entry entry) {
            Map<String, Integer> names = folders.computeIfAbsent(entry.folder, f -> new TreeMap<>());
            if (entry.gone != null) {
                names.remove(entry.gone);
            }
            if (entry.node == 0) {
                names.remove(entry.name);
            } else {
                names.put(entry.name, entry.node);
            }
        } else if (change instanceof Change.Length length) {
            contents.merge(length.node, new byte[(int) length.length], (old, empty) -> Arrays.copyOf(old, empty.length));
        } else if (change instanceof Change.Write write) {
            byte[] content = contents.getOrDefault(write.node, new byte[0]);
            int end = (int) write.offset + write.bytes.length;
            content = content.length < end ? Arrays.copyOf(content, end) : content;
            for (int at = (int) write.offset; at < end;) {
                int next = Math.min(end, (at / SECTOR + 1) * SECTOR);
                if (torn == null || torn.nextBoolean()) {
                    System.arraycopy(write.bytes, at - (int) write.offset, content, at, next - at);
                }
                at = next;
            }
            contents.put(write.node, content);
        }
    }

    /** Makes the files and folders below a folder that is there, and empty. */
    void write(Path folder) throws IOException {
        write(folder, Recording.ROOT);
    }

    private void write(Path folder, int node) throws IOException {
        for (Map.Entry<String, Integer> entry : folders.getOrDefault(node, Map.of()).entrySet()) {
            Path path = folder.resolve(entry.getKey());
            if (recording.isFolder(entry.getValue())) {
                write(Files.createDirectory(path), entry.getValue());
            } else {
                Files.write(path, contents.getOrDefault(entry.getValue(), new byte[0]));
            }
        }
    }
}
