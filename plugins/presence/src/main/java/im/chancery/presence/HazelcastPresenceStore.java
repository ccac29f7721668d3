package im.chancery.presence;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import im.chancery.core.PresenceChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store of a node in a cluster. Hazelcast finds the members and carries the messages; what they mean and which of them
 * are believed is {@link PeerProtocol}'s, which runs on this store's one thread. Where Hazelcast ends itself, as it does when it can't join
 * the other half after a split, or has no memory left, this node is alone and joins anew.
 */
final class HazelcastPresenceStore implements PresenceStore {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastPresenceStore.class);
    /** How long {@link #open} waits for each member to prove itself. */
    private static final Duration SETTLE = Duration.ofSeconds(3);
    /** Messages that wait for the thread; more are dropped, and whoever sent them sends all it knows again. */
    private static final int INBOX = 10_000;
    private static final long LONGEST_PAUSE_SECONDS = 30;

    private final PresenceConfig.Cluster cluster;
    private final Member self;
    private final PresenceIndex index = new PresenceIndex();
    private final OwnPresence own;
    private final PeerProtocol protocol;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicBoolean sharing = new AtomicBoolean();
    private final AtomicInteger waiting = new AtomicInteger();
    private final CompletableFuture<Void> settled = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Joined joined;
    /** On this store's thread. */
    private boolean joining;

    /** A run of Hazelcast. */
    private record Joined(HazelcastInstance hazelcast, ITopic<Object> topic) {
    }

    private HazelcastPresenceStore(PresenceConfig.Cluster cluster, String node) {
        this.cluster = cluster;
        this.self = new Member(node, cluster.listen().toString(), true);
        this.own = new OwnPresence(node, index);
        this.protocol = new PeerProtocol(node, self.address(), own, index, new MessageSeal(cluster.secret(), cluster.name()),
                System::nanoTime, this::send);
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread t = new Thread(task, "chancery-presence");
            t.setDaemon(true);
            return t;
        });
    }

    /**
     * Joins the cluster and waits until every member there has proved itself, at most {@link #SETTLE}.
     *
     * @throws PresenceException where the address can't be bound, or another node has this name
     */
    static PresenceStore open(PresenceConfig.Cluster cluster, String node) throws PresenceException {
        HazelcastPresenceStore store = new HazelcastPresenceStore(cluster, node);
        try {
            store.join();
            // With a fixed delay: a process that was stopped for a while has no ticks to catch up with.
            store.thread.scheduleWithFixedDelay(guarded(store::tick), 0, PeerProtocol.BEAT.toMillis(), TimeUnit.MILLISECONDS);
            store.settle();
            return store;
        } catch (PresenceException | RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    private void join() throws PresenceException {
        HazelcastInstance hazelcast = HazelcastMember.open(cluster);
        synchronized (closed) {
            if (closed.getCount() == 0) { // meanwhile
                hazelcast.shutdown();
                return;
            }
            joined = new Joined(hazelcast, hazelcast.getTopic(HazelcastMember.TOPIC));
        }
        joined.topic.addMessageListener(this::take);
        hazelcast.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                run(HazelcastPresenceStore.this::lookAtMembers);
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                run(HazelcastPresenceStore.this::lookAtMembers);
            }
        });
    }

    /** On a thread of its own, since joining takes seconds. */
    private void joinAgain() {
        LOG.error("Hazelcast has ended: no presence comes from other nodes, nor goes to them. It is started anew.");
        joining = true;
        Thread again = new Thread(() -> {
            try {
                joined.hazelcast.getLifecycleService().terminate(); // what is left of it
                long pause = 1;
                while (!closed.await(pause, TimeUnit.SECONDS) && !tryToJoin()) {
                    pause = Math.min(2 * pause, LONGEST_PAUSE_SECONDS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            run(() -> joining = false);
        }, "chancery-presence-join");
        again.setDaemon(true);
        again.start();
    }

    private boolean tryToJoin() {
        try {
            join();
            LOG.info("The presence cluster has been joined anew");
            return true;
        } catch (PresenceException | RuntimeException | Error e) {
            LOG.warn("The presence cluster can't be joined yet: {}", e.getMessage());
            LOG.debug("Why it can't be joined", e);
            return false;
        }
    }

    private void settle() throws PresenceException {
        try {
            settled.get(SETTLE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("Not every member of the presence cluster has answered within {} s; going on without them", SETTLE.toSeconds());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PresenceException("interrupted while joining the presence cluster", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing completes this exceptionally", e);
        }
        if (protocol.rival().isPresent()) {
            throw new PresenceException("another node of the presence cluster, at " + protocol.rival().get() + ", has the name '"
                    + self.node() + "' too: give each node a node.name of its own");
        }
    }

    private void tick() {
        try {
            lookAtMembers();
        } catch (HazelcastInstanceNotActiveException e) {
            protocol.alone();
            if (!joining) {
                joinAgain();
            }
        }
        protocol.tick();
        lookWhetherSettled();
    }

    private void lookAtMembers() {
        if (!joined.hazelcast.getLifecycleService().isRunning()) { // one that has run out of memory goes on answering
            throw new HazelcastInstanceNotActiveException();
        }
        Cluster seen = joined.hazelcast.getCluster();
        List<UUID> members = new ArrayList<>();
        seen.getMembers().forEach(m -> members.add(m.getUuid()));
        protocol.members(members, seen.getLocalMember().getUuid());
    }

    private void lookWhetherSettled() {
        if (!settled.isDone() && (protocol.rival().isPresent() || protocol.allProven())) {
            settled.complete(null);
        }
    }

    /** Takes a message from Hazelcast's thread. Only here is a payload deserialised; what isn't a byte array is refused. */
    private void take(Message<Object> message) {
        if (message.getPublishingMember() != null && message.getPublishingMember().localMember()) {
            return;
        }
        Object payload;
        try {
            payload = message.getMessageObject();
        } catch (HazelcastSerializationException e) {
            protocol.refuse("is an object, not bytes");
            return;
        }
        if (!(payload instanceof byte[])) {
            protocol.refuse("is not bytes");
            return;
        }
        if (waiting.incrementAndGet() > INBOX) {
            waiting.decrementAndGet();
            return;
        }
        run(() -> {
            waiting.decrementAndGet();
            protocol.receive((byte[]) payload);
            lookWhetherSettled();
        });
    }

    private void send(byte[] message) {
        try {
            joined.topic.publish(message);
        } catch (HazelcastInstanceNotActiveException e) {
            LOG.debug("a message was not sent: this member has left the cluster", e);
        }
    }

    private void shareSoon() {
        if (sharing.compareAndSet(false, true)) {
            run(() -> {
                sharing.set(false);
                protocol.share();
            });
        }
    }

    private void run(Runnable task) {
        try {
            thread.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("the store is closed", e);
        }
    }

    /** A fault in one message must not end the thread, nor its ticks. */
    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (HazelcastInstanceNotActiveException e) {
                LOG.debug("this member has left the cluster", e);
            } catch (RuntimeException | Error e) {
                LOG.error("The presence cluster's thread met a fault and goes on", e);
            }
        };
    }

    @Override
    public void publish(PresenceChange change) {
        own.publish(change);
        shareSoon();
    }

    @Override
    public void replace(DomainBareJid domain, Collection<PresenceChange> available) {
        own.replace(domain, available);
        shareSoon();
    }

    @Override
    public List<PresenceEntry> find(BareJid person) {
        return index.find(person);
    }

    @Override
    public Collection<PresenceEntry> all() {
        return index.all();
    }

    @Override
    public List<Member> members() {
        List<Member> members = new ArrayList<>();
        members.add(self);
        members.addAll(protocol.peers());
        return List.copyOf(members);
    }

    @Override
    public Counts counts() {
        return protocol.counts();
    }

    @Override
    public void close() {
        own.close();
        thread.shutdownNow();
        synchronized (closed) {
            closed.countDown();
        }
        if (joined != null) {
            joined.hazelcast.shutdown();
        }
        try {
            if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("The presence cluster's thread didn't end within 5 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        index.clear();
    }
}
