package im.chancery.archive;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The buckets as the last commit left them. Safe for many threads; rows are replaced one at a time. */
final class Buckets {
    private final Map<BucketId, BucketRow> byId = new ConcurrentHashMap<>();
    private final Map<Integer, BucketRow> byNumber = new ConcurrentHashMap<>();

    /** Takes these rows and no others. A row that is in both never seems to be away: a bucket that does gets a new key. */
    void reload(List<BucketRow> rows) {
        Set<BucketId> ids = new HashSet<>();
        Set<Integer> numbers = new HashSet<>();
        for (BucketRow row : rows) {
            put(row);
            ids.add(row.id());
            numbers.add(row.number());
        }
        byId.keySet().retainAll(ids);
        byNumber.keySet().retainAll(numbers);
    }

    void put(BucketRow row) {
        byNumber.put(row.number(), row);
        byId.put(row.id(), row);
    }

    Optional<BucketRow> get(BucketId id) {
        return Optional.ofNullable(byId.get(id));
    }

    Optional<BucketRow> find(int number) {
        return Optional.ofNullable(byNumber.get(number));
    }

    /**
     * The bucket with this number.
     *
     * @throws ArchiveException if there is none: a row's bucket column was changed
     */
    BucketId id(int number) {
        return find(number).orElseThrow(() -> new ArchiveException("bucket number " + number + ": there is no such bucket")).id();
    }

    Collection<BucketRow> all() {
        return List.copyOf(byId.values());
    }

    int nextNumber() {
        return byNumber.keySet().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
    }
}
