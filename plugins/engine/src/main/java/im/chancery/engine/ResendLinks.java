package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * Remembers the newest attempts by sender, recipient and origin-id (XEP-0359), so that a client's resend after a lost acknowledgement
 * is linked to the first attempt. To somebody else it is no resend: other words under the same id, which a client chooses, would pass for the first's. Bounded: a resend that comes after {@code capacity} other attempts is recorded
 * without its link. Safe for many threads.
 */
final class ResendLinks {
    private static final int CAPACITY = 32_768;
    /** So many of an earlier run's newest records are looked through at a start: a client sends again soon after it is back. */
    private static final int LOOK_BACK = 4_096;

    /** The longest origin-id that is kept as it is; of a longer one, which a client chooses at will, only its hash. */
    private static final int LONGEST_KEPT = 64;

    /** @param originId bounded */
    private record Key(BareJid sender, BareJid recipient, String originId) {
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

    /** Links that know the newest attempts in the archive, so that a resend over a restart of the engine is linked too. */
    static ResendLinks warm(Archive archive) {
        ResendLinks links = new ResendLinks(CAPACITY);
        long after = Math.max(0, archive.status().committed() - LOOK_BACK) - 1;
        archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(RecordType.ATTEMPT), after, LOOK_BACK))
                .forEach(links::remember);
        return links;
    }

    /**
     * Appends through {@code append}, which gets the first attempt's id if this is a resend. Where the first is still on
     * its way to storage, this one waits for it; where the first was not recorded, this one takes its place.
     */
    CompletionStage<RecordId> append(BareJid sender, BareJid recipient, String originId, Function<Optional<RecordId>, CompletionStage<RecordId>> append) {
        Key key = new Key(sender, recipient, bounded(originId));
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

    private void remember(ArchivedRecord attempt) {
        Map<String, String> fields = attempt.record().fields();
        String originId = fields.get(Fields.ORIGIN_ID);
        if (originId != null && !fields.containsKey(Fields.RESEND_OF)) {
            remember(bare(fields.get(Fields.FROM)), bare(fields.getOrDefault(Fields.RECIPIENT, fields.get(Fields.TO))), originId, attempt.id());
        }
    }

    /** Takes note of an attempt that an earlier run of the engine has recorded. */
    void remember(BareJid sender, BareJid recipient, String originId, RecordId id) {
        synchronized (firsts) {
            firsts.putIfAbsent(new Key(sender, recipient, bounded(originId)), CompletableFuture.completedFuture(id));
        }
    }

    private static BareJid bare(String address) {
        return JidCreate.fromOrThrowUnchecked(address).asBareJid();
    }

    /** What fails at once is a failed stage too, or the next resend would wait for it for ever. */
    private static CompletionStage<RecordId> begin(Function<Optional<RecordId>, CompletionStage<RecordId>> append) {
        try {
            return append.apply(Optional.empty());
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Something no longer than {@link #LONGEST_KEPT} that stands for an origin-id. */
    static String bounded(String originId) {
        if (originId.length() <= LONGEST_KEPT) {
            return originId;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(originId.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
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
