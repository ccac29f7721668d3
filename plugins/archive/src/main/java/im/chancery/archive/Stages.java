package im.chancery.archive;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waiting for the archive's own records. */
final class Stages {
    private Stages() {
    }

    /** Waits. @throws ArchiveException as the stage failed, where callers of the archive expect it and not what it is wrapped in */
    static <T> T join(CompletableFuture<T> stage) {
        try {
            return stage.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof ArchiveException why ? why : new ArchiveException("a record of the archive's own can't be stored", e.getCause());
        }
    }
}
