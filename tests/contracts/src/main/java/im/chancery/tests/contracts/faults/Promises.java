package im.chancery.tests.contracts.faults;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What an archive has promised before something went wrong, and the check that all of it is kept when it is opened again. What was acknowledged is there
 * unless its destruction was ordered, what was destroyed is gone, nothing is destroyed by half, and there are never two roots for one size.
 */
public final class Promises {
    private final ArchiveConfig config;
    private final Map<Long, Said> acknowledged = new TreeMap<>();
    private final Set<Long> ordered = new HashSet<>();
    private final Set<BucketId> destroyed = new HashSet<>();
    private final Map<String, String> roots = new HashMap<>();
    private final List<SeenCheckpoint> published = new ArrayList<>();

    private record Said(BucketId bucket, String content) {
    }

    /** @param config the archive's, where it is opened again */
    public Promises(ArchiveConfig config) {
        this.config = config;
    }

    /** A record was acknowledged. */
    public void acknowledged(long index, BucketId bucket, String content) {
        acknowledged.put(index, new Said(bucket, content));
    }

    /** How many records were acknowledged. */
    public int acknowledged() {
        return acknowledged.size();
    }

    /** All records of a bucket that were acknowledged by now may be gone, but for these. */
    public void ordered(BucketId bucket, Set<Long> survivors) {
        acknowledged.forEach((index, said) -> {
            if (said.bucket().equals(bucket) && !survivors.contains(index)) {
                ordered.add(index);
            }
        });
    }

    /** A destruction was told as done. */
    public void destroyed(BucketId bucket) {
        destroyed.add(bucket);
    }

    /** A checkpoint was seen somewhere. Safe for many threads. */
    public synchronized void signed(String checkpoint, String where) {
        String[] lines = checkpoint.split("\\n");
        assertThat(roots.merge(lines[1], lines[2], (old, now) -> old)).as("%s: root for size %s", where, lines[1]).isEqualTo(lines[2]);
    }

    /** A checkpoint has left the machine, so that the log must begin with it for ever. */
    public void published(String checkpoint) {
        signed(checkpoint, "published");
        published.add(new SeenCheckpoint("published " + published.size(), checkpoint));
    }

    /** Where a bucket's key is. */
    public Path key(BucketId bucket) {
        return config.keys().resolve("buckets").resolve(config.origin()).resolve(bucket.recordClass()).resolve(bucket.day() + ".key");
    }

    /** Fails unless the archive, which was just opened, has kept all of them. */
    public void assertKept(Archive archive, String where) {
        archive.requireRecords();
        Map<BucketId, BucketState> states = new HashMap<>();
        archive.buckets().forEach(bucket -> states.put(bucket.id(), bucket.state()));
        assertThat(states.values()).as(where).doesNotContain(BucketState.DESTROYING);
        acknowledged.forEach((index, said) -> assertThere(archive, index, said, states, where));
        for (BucketStatus bucket : archive.buckets()) {
            archive.scan(bucket.id(), record -> { }); // which opens each; the verifier counts them
            assertThat(Files.exists(key(bucket.id()))).as("%s: key of %s", where, bucket).isEqualTo(bucket.state() == BucketState.LIVE);
        }
        destroyed.forEach(bucket -> assertThat(states.get(bucket)).as("%s: %s was destroyed", where, bucket).isIn(BucketState.PARTIAL, BucketState.DESTROYED));
        assertThat(archive.certificates()).as(where).hasSize((int) states.values().stream().filter(s -> s != BucketState.LIVE).count());
    }

    /** Fails unless the log proves itself and has a record for each leaf, and the checkpoints of log and key folder fit those seen before. */
    public void assertVerifies(Connection connection, String where) throws IOException, SQLException {
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()).strip());
        signed(Files.readString(config.log().resolve("checkpoint")), where);
        signed(Files.readString(config.keys().resolve("marks").resolve(config.origin()).resolve("checkpoint")), where);
        Verification found = RecordsVerifier.verify(config.log(), key, LogVerifier.verify(config.log(), key, published), connection);
        assertThat(found.findings()).as(where).isEmpty();
    }

    private void assertThere(Archive archive, long index, Said said, Map<BucketId, BucketState> states, String where) {
        try {
            assertThat(archive.open(new RecordId(config.origin(), index)).orElseThrow().record().content()).as("%s: record %s", where, index)
                    .isEqualTo(said.content());
        } catch (ArchiveException.Destroyed e) {
            assertThat(ordered).as("%s: the destruction of record %s was never ordered", where, index).contains(index);
            assertThat(states.get(said.bucket())).as(where).isIn(BucketState.PARTIAL, BucketState.DESTROYED);
        }
    }
}
