package im.chancery.archive;

import im.chancery.core.RecordId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** A process that destroys buckets until it is killed. Arguments: folder, how many days after {@link Samples#START} it begins. */
final class DestroyingChild {
    private DestroyingChild() {
    }

    public static void main(String[] args) {
        Samples.Hands clock = new Samples.Hands();
        clock.move(Duration.ofDays(Integer.parseInt(args[1])));
        ArchiveConfig config = Samples.derby(Path.of(args[0]));
        try (Archive archive = Archives.open(config, clock)) {
            while (true) {
                BucketId bucket = Samples.bucket("default", clock.instant());
                List<RecordId> ids = Samples.store(archive, IntStream.range(0, 60).mapToObj(i -> Samples.attempt("said " + i, "a" + i % 5 + "@x")).toList());
                System.out.println("BUCKET " + bucket + " " + ids.get(0).index());
                clock.move(Duration.ofDays(2));
                archive.destroy(bucket, Samples.order(Set.of(ids.get(7).index(), ids.get(8).index())));
                System.out.println("DESTROYED " + bucket + " " + ids.get(0).index());
            }
        }
    }
}
