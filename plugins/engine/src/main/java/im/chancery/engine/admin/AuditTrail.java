package im.chancery.engine.admin;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Records each use of the archive. Safe for many threads. */
final class AuditTrail {
    /** The record class of audit records, which every config has. */
    static final String RECORD_CLASS = "audit";

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Archive archive;

    AuditTrail(Archive archive) {
        this.archive = archive;
    }

    /**
     * Records a use, and returns only after the record is on stable storage.
     *
     * @param actor      who, by name and token id
     * @param action     what, such as {@code record.show}
     * @param parameters with which parameters
     * @param count      how many entries it shows or has changed
     * @throws ArchiveException if it could not be recorded; then nothing may be shown
     */
    void record(String actor, String action, Map<String, String> parameters, long count) {
        SortedMap<String, String> fields = new TreeMap<>();
        parameters.forEach((name, value) -> fields.put(Fields.PARAMETER + name, value));
        fields.put(Fields.ACTOR, actor);
        fields.put(Fields.ACTION, action);
        fields.put(Fields.COUNT, Long.toString(count));
        NewRecord record = new NewRecord(RecordType.AUDIT, RECORD_CLASS, Set.of(), Optional.empty(), fields, "");
        try {
            archive.append(record).toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new ArchiveException("a use of the archive could not be recorded", e.getCause());
        } catch (TimeoutException e) {
            throw new ArchiveException("a use of the archive was not recorded within " + PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException("the recording of a use of the archive was interrupted", e);
        }
    }
}
