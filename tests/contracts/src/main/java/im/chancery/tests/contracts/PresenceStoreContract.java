package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.PresenceChange;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStore.Member;
import im.chancery.presence.PresenceStore.PresenceEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.impl.JidCreate;

/** What every presence store does on the node it is opened on. A store is tested by a subclass that opens it. */
public abstract class PresenceStoreContract {
    /** The node's name. */
    protected static final String NODE = "north";

    protected static final DomainBareJid HOME = JidCreate.domainBareFromOrThrowUnchecked("example.org");
    protected static final BareJid ALICE = bare("alice@example.org");

    private PresenceStore store;

    /** Opens an empty store of node {@link #NODE}; the suite closes it. */
    protected abstract PresenceStore open() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    /** A bare address. */
    protected static BareJid bare(String address) {
        return JidCreate.bareFromOrThrowUnchecked(address);
    }

    /** An available resource. */
    protected static PresenceChange available(String who, String show, int priority) {
        return new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked(who), true, show, priority);
    }

    /** A resource that is gone. */
    protected static PresenceChange gone(String who) {
        return new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked(who), false, "", 0);
    }

    @Test
    void findShouldKnowNobodyAtFirst() {
        assertThat(store.find(ALICE)).isEmpty();
        assertThat(store.all()).isEmpty();
        assertThat(store.counts().resources()).isZero();
    }

    @Test
    void findShouldAnswerAtOnceWithWhatWasPublishedHere() {
        PresenceChange desk = available("alice@example.org/desk", "dnd", 5);
        store.publish(desk);
        assertThat(store.find(ALICE)).containsExactly(new PresenceEntry(desk, NODE));
        assertThat(store.counts().resources()).isEqualTo(1);
    }

    @Test
    void findShouldOrderResourcesByPriorityThenName() {
        store.publish(available("alice@example.org/b", "", 1));
        store.publish(available("alice@example.org/negative", "", -128));
        store.publish(available("alice@example.org/a", "", 1));
        store.publish(available("alice@example.org/top", "xa", 127));
        assertThat(resources()).containsExactly("top", "a", "b", "negative");

        store.publish(available("alice@example.org/b", "", 2));
        assertThat(resources()).containsExactly("top", "b", "a", "negative");
    }

    @Test
    void findShouldTakeThePreparedFormOfAnAddress() {
        store.publish(available("alice@example.org/desk", "", 0));
        assertThat(store.find(bare("ALICE@Example.ORG"))).hasSize(1);
    }

    @Test
    void findShouldKnowNobodyButThePersonAsked() {
        store.publish(available("alice@example.org/desk", "", 0));
        assertThat(store.find(bare("alice@example.net"))).isEmpty();
        assertThat(store.find(bare("alic@example.org"))).isEmpty();
        assertThat(store.find(HOME)).isEmpty();
    }

    @Test
    void publishShouldReplaceWhatAResourceSaidBefore() {
        store.publish(available("alice@example.org/desk", "", 0));
        PresenceChange away = available("alice@example.org/desk", "away", -1);
        store.publish(away);
        assertThat(store.find(ALICE)).containsExactly(new PresenceEntry(away, NODE));
    }

    @Test
    void publishShouldForgetAResourceThatIsGone() {
        store.publish(available("alice@example.org/desk", "", 0));
        store.publish(available("alice@example.org/phone", "", 0));
        store.publish(gone("alice@example.org/desk"));
        assertThat(resources()).containsExactly("phone");
        store.publish(gone("alice@example.org/phone"));
        store.publish(gone("alice@example.org/never-seen"));
        assertThat(store.find(ALICE)).isEmpty();
        assertThat(store.all()).isEmpty();
    }

    @Test
    void replaceShouldLeaveExactlyWhatItIsGiven() {
        store.publish(available("alice@example.org/old", "", 0));
        store.publish(available("alice@example.org/kept", "", 0));
        store.replace(HOME, List.of(available("alice@example.org/kept", "chat", 3), available("bob@example.org/new", "", 0),
                gone("alice@example.org/left")));
        assertThat(store.all()).extracting(e -> e.presence().who().toString())
                .containsExactlyInAnyOrder("alice@example.org/kept", "bob@example.org/new");
        assertThat(store.find(ALICE).get(0).presence().show()).isEqualTo("chat");
    }

    @Test
    void replaceShouldNotTouchOtherDomains() {
        store.publish(available("eve@example.net/desk", "", 0));
        store.publish(available("alice@example.org/desk", "", 0));
        store.replace(HOME, List.of());
        assertThat(store.all()).extracting(e -> e.presence().who().toString()).containsExactly("eve@example.net/desk");
    }

    @Test
    void replaceShouldRefuseAResourceOfAnotherDomainAndChangeNothing() {
        store.publish(available("alice@example.org/desk", "", 0));
        var mixed = List.of(available("alice@example.org/new", "", 0), available("alice@sub.example.org/desk", "", 0));
        assertThatThrownBy(() -> store.replace(HOME, mixed)).isInstanceOf(IllegalArgumentException.class);
        assertThat(resources()).containsExactly("desk");
    }

    @Test
    void findShouldGiveListsThatNobodyCanChange() {
        store.publish(available("alice@example.org/desk", "", 0));
        List<PresenceEntry> before = store.find(ALICE);
        assertThatThrownBy(before::clear).isInstanceOf(UnsupportedOperationException.class);
        store.publish(gone("alice@example.org/desk"));
        assertThat(before).hasSize(1);
    }

    @Test
    void membersShouldNameThisNodeFirst() {
        Member first = store.members().get(0);
        assertThat(first.node()).isEqualTo(NODE);
        assertThat(first.self()).isTrue();
    }

    @Test
    void closeShouldForgetAllAndTakeNothingMore() {
        store.publish(available("alice@example.org/desk", "", 0));
        store.close();
        store.publish(available("alice@example.org/phone", "", 0));
        store.replace(HOME, List.of(available("alice@example.org/phone", "", 0)));
        assertThat(store.find(ALICE)).isEmpty();
        assertThat(store.all()).isEmpty();
        store.close();
    }

    @Test
    void publishShouldBeSafeForManyThreads() throws Exception {
        int threads = 4;
        int rounds = 500;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                String resource = "alice@example.org/r" + t;
                running.add(pool.submit(() -> {
                    start.await();
                    for (int i = 0; i < rounds; i++) {
                        store.publish(i % 2 == 0 ? available(resource, "", i % 100) : gone(resource));
                    }
                    store.publish(available(resource, "", 7));
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> f : running) {
                f.get();
            }
        } finally {
            pool.shutdown();
        }
        assertThat(resources()).containsExactly("r0", "r1", "r2", "r3");
        assertThat(store.counts().resources()).isEqualTo(threads);
    }

    private List<String> resources() {
        return store.find(ALICE).stream().map(e -> e.presence().who().getResourcepart().toString()).toList();
    }
}
