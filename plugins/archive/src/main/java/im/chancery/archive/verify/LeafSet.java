package im.chancery.archive.verify;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of leaf indexes: a bit for each, in pages, of which only those exist that have one set. A log of ten million leaves of
 * which every second is in the set takes 1.3 MB. Not safe for many threads.
 */
public final class LeafSet {
    private static final int PAGE_BITS = 16;
    private static final int PAGE = 1 << PAGE_BITS;

    private final TreeMap<Long, BitSet> pages = new TreeMap<>();

    /** Takes leaves that follow each other. */
    @FunctionalInterface
    public interface Range {
        /** @param last the last leaf index, in the range too */
        void accept(long first, long last);
    }

    /** Adds the leaves from {@code first} to {@code last}, both in the range. */
    public void add(long first, long last) {
        for (long from = first; from <= last; from = (from | PAGE - 1) + 1) {
            pages.computeIfAbsent(from >>> PAGE_BITS, p -> new BitSet()).set(place(from), place(Math.min(last, from | PAGE - 1)) + 1);
        }
    }

    /** Removes the leaves from {@code first} to {@code last}, both in the range, where they are in the set. */
    public void remove(long first, long last) {
        // Only over pages that exist: a certificate may name more leaves than there ever were.
        var touched = pages.subMap(first >>> PAGE_BITS, true, Math.max(first, last) >>> PAGE_BITS, true).entrySet().iterator();
        while (touched.hasNext() && first <= last) {
            Map.Entry<Long, BitSet> page = touched.next();
            long start = page.getKey() << PAGE_BITS;
            page.getValue().clear(place(Math.max(first, start)), place(Math.min(last, start + PAGE - 1)) + 1);
            if (page.getValue().isEmpty()) {
                touched.remove();
            }
        }
    }

    /** A set of the same leaves. */
    public LeafSet copy() {
        LeafSet copy = new LeafSet();
        pages.forEach((number, page) -> copy.pages.put(number, (BitSet) page.clone()));
        return copy;
    }

    /** Whether this leaf is in the set. */
    public boolean contains(long leaf) {
        BitSet page = pages.get(leaf >>> PAGE_BITS);
        return page != null && page.get(place(leaf));
    }

    /** Whether the set has no leaf. */
    public boolean isEmpty() {
        return pages.values().stream().allMatch(BitSet::isEmpty);
    }

    /** How many leaves are in the set. */
    public long count() {
        return pages.values().stream().mapToLong(BitSet::cardinality).sum();
    }

    /** The leaves in ascending order, those that follow each other as one range. */
    public void forEachRange(Range reader) {
        long first = 0;
        long end = -1;
        for (Map.Entry<Long, BitSet> page : pages.entrySet()) {
            long start = page.getKey() << PAGE_BITS;
            BitSet bits = page.getValue();
            for (int from = bits.nextSetBit(0); from >= 0; ) {
                int to = bits.nextClearBit(from);
                if (start + from != end) {
                    if (end >= 0) {
                        reader.accept(first, end - 1);
                    }
                    first = start + from;
                }
                end = start + to;
                from = bits.nextSetBit(to);
            }
        }
        if (end >= 0) {
            reader.accept(first, end - 1);
        }
    }

    private static int place(long leaf) {
        return (int) (leaf & PAGE - 1);
    }
}
