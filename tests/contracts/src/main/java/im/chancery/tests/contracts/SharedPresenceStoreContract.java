package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.PresenceChange;
import im.chancery.presence.PresenceException;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStore.Member;
import im.chancery.presence.PresenceStore.PresenceEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;

/** What a store does whose nodes share one view: all of {@link PresenceStoreContract} on one node, and this between two. */
public abstract class SharedPresenceStoreContract extends PresenceStoreContract {
    /** The other node's name. */
    protected static final String OTHER = "south";

    /** How long the nodes may take to agree, in normal running: the promise is 1 s, the rest is for a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final BareJid BOB = bare("bob@example.net");

    private final List<PresenceStore> opened = new ArrayList<>();
    private PresenceStore north;
    private PresenceStore south;

    /**
     * Opens an empty store of this node in the one cluster of the test at hand.
     *
     * @throws PresenceException as the store says
     */
    protected abstract PresenceStore open(String node) throws PresenceException;

    @Override
    protected PresenceStore open() throws PresenceException {
        north = open(NODE);
        return north;
    }

    @BeforeEach
    void openOther() throws PresenceException {
        south = opened(open(OTHER));
    }

    @AfterEach
    void closeOthers() {
        opened.forEach(PresenceStore::close);
    }

    private PresenceStore opened(PresenceStore store) {
        opened.add(store);
        return store;
    }

    @Test
    void publishShouldBeSeenOnTheOtherNode() {
        PresenceChange desk = available("alice@example.org/desk", "dnd", 5);
        north.publish(desk);
        await(() -> assertThat(south.find(ALICE)).containsExactly(new PresenceEntry(desk, NODE)));
        PresenceChange away = available("alice@example.org/desk", "away", -5);
        north.publish(away);
        await(() -> assertThat(south.find(ALICE)).containsExactly(new PresenceEntry(away, NODE)));
        north.publish(gone("alice@example.org/desk"));
        await(() -> assertThat(south.all()).isEmpty());
    }

    @Test
    void findShouldOrderTheResourcesOfAllNodesAlike() {
        north.publish(available("alice@example.org/low", "", -1));
        south.publish(available("alice@example.org/high", "", 9));
        north.publish(available("alice@example.org/middle", "", 3));
        south.publish(available("alice@example.org/also-middle", "", 3));
        for (PresenceStore store : List.of(north, south)) {
            await(() -> assertThat(store.find(ALICE)).extracting(e -> e.presence().who().getResourcepart().toString() + " " + e.node())
                    .containsExactly("high south", "also-middle south", "middle north", "low north"));
        }
    }

    @Test
    void aNodeShouldSpeakForItselfOnly() {
        north.publish(available("alice@example.org/desk", "", 0));
        south.publish(available("bob@example.net/desk", "", 0));
        await(() -> assertThat(south.all()).hasSize(2));
        south.replace(HOME, List.of());
        south.publish(gone("alice@example.org/desk"));
        south.publish(available("bob@example.net/phone", "", 0));
        await(() -> assertThat(north.find(BOB)).hasSize(2));
        assertThat(north.find(ALICE)).hasSize(1);
        assertThat(south.find(ALICE)).hasSize(1);
    }

    @Test
    void replaceShouldBeSeenWholeOnTheOtherNode() {
        north.publish(available("alice@example.org/old", "", 0));
        await(() -> assertThat(south.find(ALICE)).hasSize(1));
        north.replace(HOME, List.of(available("alice@example.org/new", "", 1), available("carol@example.org/new", "", 1)));
        await(() -> assertThat(south.all()).extracting(e -> e.presence().who().toString())
                .containsExactlyInAnyOrder("alice@example.org/new", "carol@example.org/new"));
    }

    @Test
    void aNodeThatJoinsShouldSeeWhatWasSaidBefore() throws Exception {
        north.publish(available("alice@example.org/desk", "", 0));
        south.publish(available("bob@example.net/desk", "", 0));
        south.publish(available("bob@example.net/phone", "", 0));
        south.publish(gone("bob@example.net/phone"));
        PresenceStore east = opened(open("east"));
        await(() -> assertThat(east.all()).extracting(e -> e.presence().who().toString() + " " + e.node())
                .containsExactlyInAnyOrder("alice@example.org/desk north", "bob@example.net/desk south"));
    }

    @Test
    void closeShouldTakeANodesPresenceOffTheOthers() {
        north.publish(available("alice@example.org/desk", "", 0));
        south.publish(available("alice@example.org/phone", "", 0));
        await(() -> assertThat(north.find(ALICE)).hasSize(2));
        south.close();
        await(() -> assertThat(north.find(ALICE)).extracting(PresenceEntry::node).containsExactly(NODE));
        await(() -> assertThat(north.members()).extracting(Member::node).containsExactly(NODE));
    }

    @Test
    void aNodeThatComesBackShouldBringNothingFromBefore() throws Exception {
        south.publish(available("bob@example.net/before", "", 0));
        await(() -> assertThat(north.find(BOB)).hasSize(1));
        south.close();
        south = opened(open(OTHER));
        south.publish(available("bob@example.net/after", "", 0));
        await(() -> assertThat(north.find(BOB)).extracting(e -> e.presence().who().getResourcepart().toString()).containsExactly("after"));
    }

    @Test
    void membersShouldNameAllNodes() {
        await(() -> assertThat(north.members()).extracting(m -> m.node() + " " + m.self()).containsExactly("north true", "south false"));
        await(() -> assertThat(south.members()).extracting(m -> m.node() + " " + m.self()).containsExactly("south true", "north false"));
        assertThat(north.members().get(1).address()).isEqualTo(south.members().get(0).address());
    }

    @Test
    void openShouldRefuseANodeNameThatIsTaken() {
        north.publish(available("alice@example.org/desk", "", 0));
        assertThatThrownBy(() -> opened(open(NODE))).isInstanceOf(PresenceException.class)
                .hasMessageContaining("'north'").hasMessageContaining(north.members().get(0).address());
        await(() -> assertThat(south.find(ALICE)).hasSize(1));
        assertThat(south.members()).extracting(Member::node).containsExactly(OTHER, NODE);
    }

    /** Tries until it holds, at most {@link #SOON}. */
    protected static void await(ThrowingCallable check) {
        long start = System.nanoTime();
        while (true) {
            try {
                check.call();
                return;
            } catch (AssertionError e) {
                if (System.nanoTime() - start > SOON.toNanos()) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
