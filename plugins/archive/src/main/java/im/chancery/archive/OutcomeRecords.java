package im.chancery.archive;

import java.util.Set;

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
        return Set.copyOf(OutcomeJournal.parse(outcome.record().content()).keySet());
    }
}
