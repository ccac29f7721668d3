package im.chancery.archive;

import im.chancery.archive.verify.LeafSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** A set of leaf indexes, written as ascending ranges: {@code 3-5 9 12-40}, or {@code none}. Immutable. */
final class LeafRanges {
    private static final String NONE = "none";

    /** From {@code first} to {@code last}, both in it. */
    record Range(long first, long last) {
        @Override
        public String toString() {
            return first == last ? Long.toString(first) : first + "-" + last;
        }
    }

    private final List<Range> ranges;

    private LeafRanges(List<Range> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    static LeafRanges of(Collection<Long> indexes) {
        List<Range> ranges = new ArrayList<>();
        for (long index : new TreeSet<>(indexes)) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).last() + 1 == index) {
                ranges.set(last, new Range(ranges.get(last).first(), index));
            } else {
                ranges.add(new Range(index, index));
            }
        }
        return new LeafRanges(ranges);
    }

    static LeafRanges of(LeafSet leaves) {
        List<Range> ranges = new ArrayList<>();
        leaves.forEachRange((first, last) -> ranges.add(new Range(first, last)));
        return new LeafRanges(ranges);
    }

    /** @throws ArchiveException if the text isn't what {@link #toString} writes */
    static LeafRanges parse(String text) {
        List<Range> ranges = new ArrayList<>();
        if (!text.equals(NONE)) {
            for (String part : text.split(" ")) {
                int dash = part.indexOf('-');
                try {
                    long first = Long.parseLong(dash < 0 ? part : part.substring(0, dash));
                    ranges.add(new Range(first, dash < 0 ? first : Long.parseLong(part.substring(dash + 1))));
                } catch (NumberFormatException e) {
                    throw new ArchiveException("not a list of leaf index ranges", e);
                }
            }
        }
        LeafRanges parsed = new LeafRanges(ranges);
        if (!parsed.toString().equals(text)) {
            throw new ArchiveException("not a list of leaf index ranges as they are written");
        }
        return parsed;
    }

    List<Range> ranges() {
        return ranges;
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    long count() {
        return ranges.stream().mapToLong(r -> r.last() - r.first() + 1).sum();
    }

    boolean contains(long index) {
        return ranges.stream().anyMatch(r -> r.first() <= index && index <= r.last());
    }

    /** The ranges between these, from {@code first} to {@code last}, none wider than {@code width}. */
    List<Range> gaps(long first, long last, long width) {
        List<Range> gaps = new ArrayList<>();
        long at = first;
        for (Range range : ranges) {
            cut(gaps, at, range.first() - 1, width);
            at = range.last() + 1;
        }
        cut(gaps, at, last, width);
        return gaps;
    }

    private static void cut(List<Range> gaps, long first, long last, long width) {
        for (long at = first; at <= last; at += width) {
            gaps.add(new Range(at, Math.min(last, at + width - 1)));
        }
    }

    @Override
    public String toString() {
        return ranges.isEmpty() ? NONE : String.join(" ", ranges.stream().map(Range::toString).toList());
    }
}
