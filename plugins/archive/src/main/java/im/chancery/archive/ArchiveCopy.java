package im.chancery.archive;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a data folder, such as a backup from before a disposition, opened for reading with today's key folder. What has
 * lost its key since doesn't open. Nothing is appended, signed or brought up to date.
 */
public final class ArchiveCopy extends StoredArchive {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveCopy.class);

    private final StoredRecords records;
    private final NoteSigner signer;
    private final Runnable closing;
    private final String checkpoint;
    private final long size;
    private final long signed;

    private ArchiveCopy(StoredRecords records, NoteSigner signer, Runnable closing, String checkpoint, long size, long signed) {
        this.records = records;
        this.signer = signer;
        this.closing = closing;
        this.checkpoint = checkpoint;
        this.size = size;
        this.signed = signed;
    }

    /** @param closing run at the end of {@link #close}; not if opening fails */
    static ArchiveCopy open(ArchiveConfig config, DataSource database, Runnable closing) {
        String origin = config.origin();
        KeyFolder keys = KeyFolder.openToRead(config.keys(), config.password(), origin);
        NoteSigner signer = new NoteSigner(origin, keys.root());
        LogFolder log = new LogFolder(config.log());
        try (Connection connection = database.getConnection()) {
            NodeRow.check(connection, origin);
            Buckets buckets = new Buckets();
            buckets.reload(BucketRows.selectAll(connection));
            long size = RecordRows.nextIndex(connection);
            Optional<SignedCheckpoint> logged = log.checkpoint().map(n -> SignedCheckpoint.read(n, origin, signer, "the log folder's checkpoint"));
            long covered = logged.map(SignedCheckpoint::size).orElse(0L);
            if (logged.isPresent() && !logged.get().has(log.edge(covered, covered).root())) {
                throw new ArchiveException("the log's tiles have another root than its checkpoint. Checkpoint:\n" + logged.get().note());
            }
            RecordReader reader = new RecordReader(origin, database, keys, buckets, new LeafTiles(log, () -> covered));
            long signed = new HighWaterMark(config.keys(), origin).read(signer).map(SignedCheckpoint::size).orElse(0L);
            if (size < signed) {
                LOG.info("data folder {}: has {} records of the {} that node '{}' has signed; it is an older copy", config.data(), size, signed, origin);
            }
            return new ArchiveCopy(new StoredRecords(origin, database, buckets, reader,
                    new Decisions(origin, buckets, reader, signer), () -> size), signer, closing,
                    logged.map(SignedCheckpoint::note).orElse(""), size, signed);
        } catch (SQLException e) {
            throw new ArchiveException("the copy's database can't be read", e);
        } catch (IOException e) {
            throw new ArchiveException("the copy's log folder can't be read", e);
        }
    }

    /** How many records the copy has. */
    public long size() {
        return size;
    }

    /** The size that the node has signed last, as the key folder has it. If it is larger than {@link #size}, the copy is older. */
    public long signedSize() {
        return signed;
    }

    @Override
    StoredRecords records() {
        return records;
    }

    @Override
    public String checkpoint() {
        return checkpoint;
    }

    @Override
    public String verifierKey() {
        return signer.verifierKey();
    }

    @Override
    public void close() {
        closing.run();
    }
}
