package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.archive.RecordType;
import im.chancery.core.BoundedId;
import im.chancery.core.RecordId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the newest attempts by sender, recipient and origin-id (XEP-0359), so that a client's resend after a lost acknowledgement
 * is linked to the first attempt. To somebody else it is no resend: other words under the same id, which a client chooses, would pass for the first's. Bounded: a resend that comes after {@code capacity} other attempts is recorded
 * without its link. Safe for many threads.
 */
final class ResendLinks {
    private static final Logger LOG = LoggerFactory.getLogger(ResendLinks.class);
    private static final int CAPACITY = 32_768;
    /** So many of an earlier run's newest records are looked through at a start: a client sends again soon after it is back. */
    private static final int LOOK_BACK = 4_096;

    /** @param originId bounded */
    private record Key(BareJid sender, BareJid recipient, String originId) {
    }

    private record First(Key key, RecordId id) {
    }

    private final Map<Key, CompletableFuture<RecordId>> firsts;

    ResendLinks(int capacity) {
        firsts = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, CompletableFuture<RecordId>> eldest) {
                return size() > capacity;
            }
        };
    }

    /**
     * Links that know the newest attempts in the archive, so that a resend over a restart of the engine is linked too. Opens one record at a time,
     * since so many of the largest stanzas are more than the engine's memory. Where one can't be opened, it and those before it stay unknown.
     *
     * @param node the archive's own name
     */
    static ResendLinks warm(Archive archive, String node) {
        Deque<First> newest = new ArrayDeque<>();
        long committed = archive.status().committed();
        for (long index = committed - 1; index >= Math.max(0, committed - LOOK_BACK); index--) {
            try {
                archive.open(new RecordId(node, index)).flatMap(ResendLinks::first).ifPresent(newest::push);
            } catch (ArchiveException.Destroyed e) {
                continue; // nobody waits for its acknowledgement any more
            } catch (ArchiveException e) {
                LOG.error("resends of what was sent before this record are not linked, since it can't be opened: {}", e.getMessage());
                break;
            }
        }
        ResendLinks links = new ResendLinks(CAPACITY);
        newest.forEach(first -> links.remember(first.key(), first.id()));
        return links;
    }

    /** What of an attempt is remembered, unless it is a resend itself or has no origin-id. */
    private static Optional<First> first(ArchivedRecord record) {
        Map<String, String> fields = record.record().fields();
        String originId = fields.get(Fields.ORIGIN_ID);
        if (record.record().type() != RecordType.ATTEMPT || originId == null || fields.containsKey(Fields.RESEND_OF)) {
            return Optional.empty();
        }
        BareJid recipient = bare(fields.getOrDefault(Fields.RECIPIENT, fields.get(Fields.TO)));
        return Optional.of(new First(new Key(bare(fields.get(Fields.FROM)), recipient, BoundedId.of(originId)), record.id()));
    }

    /**
     * Appends through {@code append}, which gets the first attempt's id if this is a resend. Where the first is still on
     * its way to storage, this one waits for it; where the first was not recorded, this one takes its place.
     */
    CompletionStage<RecordId> append(BareJid sender, BareJid recipient, String originId, Function<Optional<RecordId>, CompletionStage<RecordId>> append) {
        Key key = new Key(sender, recipient, BoundedId.of(originId));
        CompletableFuture<RecordId> mine = new CompletableFuture<>();
        CompletableFuture<RecordId> first;
        synchronized (firsts) {
            first = firsts.putIfAbsent(key, mine);
        }
        if (first == null) {
            return passOn(begin(append), mine, key);
        }
        return first.handle((id, failure) -> id).thenCompose(id -> id == null
                ? append(sender, recipient, originId, append)
                : append.apply(Optional.of(id)));
    }

    /** Takes note of an attempt that an earlier run of the engine has recorded. */
    private void remember(Key key, RecordId id) {
        synchronized (firsts) {
            firsts.putIfAbsent(key, CompletableFuture.completedFuture(id));
        }
    }

    private static BareJid bare(String address) {
        return JidCreate.fromOrThrowUnchecked(address).asBareJid();
    }

    /** What fails at once is a failed stage too, or the next resend would wait for it for ever. */
    private static CompletionStage<RecordId> begin(Function<Optional<RecordId>, CompletionStage<RecordId>> append) {
        try {
            return append.apply(Optional.empty());
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private CompletionStage<RecordId> passOn(CompletionStage<RecordId> appended, CompletableFuture<RecordId> mine, Key key) {
        return appended.whenComplete((id, failure) -> {
            if (failure == null) {
                mine.complete(id);
            } else {
                // Out of the map first: whoever waits for this one then becomes the first.
                synchronized (firsts) {
                    firsts.remove(key, mine);
                }
                mine.completeExceptionally(failure);
            }
        });
    }
}
