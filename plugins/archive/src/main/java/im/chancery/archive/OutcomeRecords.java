package im.chancery.archive;

import java.util.Set;
import java.util.stream.Collectors;

/** Reads {@link RecordType#OUTCOME} records. */
public final class OutcomeRecords {
    private OutcomeRecords() {
    }

    /**
     * The leaf indexes of the attempts that an OUTCOME record tells of.
     *
     * @throws ArchiveException if its content has another form
     */
    public static Set<Long> attempts(ArchivedRecord outcome) {
        return outcome.record().content().lines().map(l -> Long.parseLong(l.substring(0, l.indexOf(' ')))).collect(Collectors.toSet());
    }
}
