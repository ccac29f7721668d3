package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.retention.RecordClasses;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The records of the node's own life. The start and each change of the config hold the config file as it was, since its rules explain the
 * decisions that follow; secrets are never in it.
 */
final class NodeRecords {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ACTOR = "engine";

    private final Archive archive;
    private final String version;

    NodeRecords(Archive archive, String version) {
        this.archive = archive;
        this.version = version;
    }

    /** Records the start, with the config file and which jars its extensions are, by SHA-256. */
    void started(ConfigTaken config) {
        record("node.start", ACTOR, jars(config), config.file().text());
    }

    /** Records that another config is about to decide, as {@link #started} does. */
    void configChanged(ConfigTaken config, String changes, String by) {
        TreeMap<String, String> fields = jars(config);
        fields.put(Fields.PARAMETER + "changes", changes);
        record("node.config", by, fields, config.file().text());
    }

    private static TreeMap<String, String> jars(ConfigTaken config) {
        TreeMap<String, String> fields = new TreeMap<>();
        config.extensions().jars().forEach((extension, hash) -> fields.put(Fields.PARAMETER + "extension." + extension, hash));
        return fields;
    }

    /** Records the stop, after everything that was appended before. */
    void stopped() {
        record("node.stop", ACTOR, new TreeMap<>(), "");
    }

    private void record(String action, String actor, TreeMap<String, String> fields, String content) {
        fields.put(Fields.ACTION, action);
        fields.put(Fields.ACTOR, actor);
        fields.put(Fields.PARAMETER + "version", version);
        NewRecord record = new NewRecord(RecordType.NODE, RecordClasses.AUDIT, Set.of(), Optional.empty(), fields, content);
        try {
            archive.append(record).toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new ArchiveException("'" + action + "' could not be recorded", e.getCause());
        } catch (TimeoutException e) {
            throw new ArchiveException("'" + action + "' was not recorded within " + PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException("the recording of '" + action + "' was interrupted", e);
        }
    }
}
