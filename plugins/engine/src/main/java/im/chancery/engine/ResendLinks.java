package im.chancery.engine;

import im.chancery.core.RecordId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jxmpp.jid.BareJid;

/**
 * Remembers the newest attempts by sender and origin-id (XEP-0359), so that a client's resend after a lost acknowledgement
 * is linked to the first attempt. Bounded: a resend that comes after {@code capacity} other attempts is recorded
 * without its link. Safe for many threads.
 */
final class ResendLinks {
    private record Key(BareJid sender, String originId) {
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
     * Appends through {@code append}, which gets the first attempt's id if this is a resend. Where the first is still on
     * its way to storage, this one waits for it; where the first was not recorded, this one takes its place.
     */
    CompletionStage<RecordId> append(BareJid sender, String originId, Function<Optional<RecordId>, CompletionStage<RecordId>> append) {
        Key key = new Key(sender, originId);
        CompletableFuture<RecordId> mine = new CompletableFuture<>();
        CompletableFuture<RecordId> first;
        synchronized (firsts) {
            first = firsts.putIfAbsent(key, mine);
        }
        if (first == null) {
            return passOn(append.apply(Optional.empty()), mine, key);
        }
        return first.handle((id, failure) -> id).thenCompose(id -> id == null
                ? append(sender, originId, append)
                : append.apply(Optional.of(id)));
    }

    /** Takes note of an attempt that an earlier run of the engine has recorded. */
    void remember(BareJid sender, String originId, RecordId id) {
        synchronized (firsts) {
            firsts.putIfAbsent(new Key(sender, originId), CompletableFuture.completedFuture(id));
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
