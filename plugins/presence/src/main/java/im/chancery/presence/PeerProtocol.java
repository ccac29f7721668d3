package im.chancery.presence;

import im.chancery.presence.Message.Beat;
import im.chancery.presence.Message.Echo;
import im.chancery.presence.Message.Sender;
import im.chancery.presence.Message.Share;
import im.chancery.presence.PresenceStore.Member;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How nodes copy each other's presence over a network that may lose, repeat, reorder and invent messages.
 *
 * <p>A node speaks for its own resources only, as a run of versions ({@link OwnPresence}). It shares each step when it
 * happens. Every {@link #BEAT} it also sends a sign of life that carries a fresh random challenge, the newest challenge it
 * has heard from each peer, and how far it knows each peer. From this a peer sees two things: that it has missed something,
 * when it will send all it knows ({@code resend}); and that the sender has lived since the challenge was made.
 *
 * <p>A peer is taken into the view only after it has repeated a challenge made here within {@link #LIFE}, and it leaves the
 * view when its last such proof is older than that. A proof counts only when the view has reached the version that it names, and
 * a peer that is taken in shows nothing older than the version its first proof names. So without the secret nobody can bring back what an earlier incarnation has said, keep a dead node's presence alive, or
 * hold back a change for longer than {@code LIFE}; and no clock is compared with another. An incarnation is a random number
 * for that reason: no counter has to survive a restart.
 *
 * <p>For one thread, except the methods that say otherwise. Time and sending are parameters, so tests run it on a simulated
 * network.
 */
final class PeerProtocol {
    /** From one sign of life to the next. */
    static final Duration BEAT = Duration.ofMillis(500);
    /** How long a peer's presence is believed without a new proof that the peer lives. */
    static final Duration LIFE = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(PeerProtocol.class);
    /** The least time between two sendings of everything: several peers may ask at once. */
    private static final long RESEND_PAUSE = Duration.ofMillis(200).toNanos();

    private final String node;
    private final UUID incarnation = UUID.randomUUID();
    private final String address;
    private final OwnPresence own;
    private final PresenceIndex index;
    private final MessageSeal seal;
    private final LongSupplier nanoTime;
    private final Consumer<byte[]> network;

    /** The members of the cluster, the oldest first, in the same order on all nodes; and which of them is this one. */
    private List<UUID> members = List.of();
    private UUID self = new UUID(0, 0);

    private final Map<UUID, Heard> heard = new HashMap<>();
    private final Map<String, Peer> peers = new HashMap<>();
    /** When each challenge was made, the oldest first. */
    private final Map<UUID, Long> challenges = new LinkedHashMap<>();
    private long sequence;
    private long shared;
    private long sharedBeforeLastTick;
    private long sharedAtLastTick;
    private boolean everythingSent;
    private long everythingSentAt;

    private volatile List<Member> known = List.of();
    private volatile Optional<String> rival = Optional.empty();
    private final AtomicLong forged = new AtomicLong();
    private final AtomicLong replayed = new AtomicLong();
    private final AtomicLong resent = new AtomicLong();
    private final AtomicLong expired = new AtomicLong();
    private final AtomicLong conflicts = new AtomicLong();

    /** The newest beat of an incarnation. */
    private record Heard(UUID member, long sequence, UUID challenge) {
    }

    /** A peer that has proved that it lives. */
    private static final class Peer {
        private final UUID incarnation;
        private final String address;
        private final PeerView view;
        private UUID member;
        private long provenAt;

        Peer(Beat beat, PeerView view, long provenAt) {
            this.incarnation = beat.sender().incarnation();
            this.address = beat.address();
            this.view = view;
            this.provenAt = provenAt;
        }
    }

    /**
     * @param node     this node's name
     * @param address  where it listens, for the others' lists of members
     * @param own      its presence
     * @param index    where the peers' presence goes
     * @param nanoTime as {@link System#nanoTime}
     * @param network  sends a sealed message to all other members, at best effort
     */
    PeerProtocol(String node, String address, OwnPresence own, PresenceIndex index, MessageSeal seal, LongSupplier nanoTime,
            Consumer<byte[]> network) {
        this.node = node;
        this.address = address;
        this.own = own;
        this.index = index;
        this.seal = seal;
        this.nanoTime = nanoTime;
        this.network = network;
    }

    /** Takes the cluster's members, the oldest first; whoever is in it no more is dropped. A new one is greeted. */
    void members(List<UUID> oldestFirst, UUID self) {
        if (oldestFirst.equals(members) && self.equals(this.self)) {
            return;
        }
        boolean grown = !members.containsAll(oldestFirst);
        this.members = List.copyOf(oldestFirst);
        this.self = self;
        heard.values().removeIf(h -> !members.contains(h.member));
        dropIf(peer -> !members.contains(peer.member));
        if (grown) {
            beat();
        }
    }

    /** This node is in no cluster just now. */
    void alone() {
        members(List.of(self), self);
    }

    /** Does what is due every {@link #BEAT}. */
    void tick() {
        long now = nanoTime.getAsLong();
        challenges.values().removeIf(made -> now - made > LIFE.toNanos());
        dropIf(peer -> {
            boolean late = now - peer.provenAt > LIFE.toNanos();
            if (late) {
                expired.incrementAndGet();
            }
            return late;
        });
        beat();
        sharedBeforeLastTick = sharedAtLastTick;
        sharedAtLastTick = shared;
    }

    /** Shares what has changed here. */
    void share() {
        Changes changes = own.unsent();
        if (changes.to() > changes.from()) {
            shared = changes.to();
            send(new Share(sender(), changes));
        }
    }

    /** Takes a message from the member network, whoever sent it. */
    void receive(byte[] sealed) {
        Optional<byte[]> body = seal.open(sealed);
        if (body.isEmpty()) {
            refuse("is not authentic");
            return;
        }
        Message message;
        try {
            message = MessageCodec.decode(body.get());
        } catch (IOException e) {
            refuse("has another form; do all nodes run the same version?");
            return;
        }
        if (message.sender().incarnation().equals(incarnation)) {
            return;
        }
        if (message instanceof Beat beat) {
            take(beat);
        } else if (message instanceof Share share) {
            take(share);
        }
    }

    /** Counts what came over the member network and isn't a message of a node that knows the secret. For any thread. */
    void refuse(String why) {
        long n = forged.incrementAndGet();
        if (Long.bitCount(n) == 1) {
            LOG.warn("A message on the member network {} ({} so far). It was ignored. A node with another secret, or a stranger?", why, n);
        }
    }

    /** The peers that live, by name. For any thread. */
    List<Member> peers() {
        return known;
    }

    /** Where an older live member listens that has this node's name. For any thread. */
    Optional<String> rival() {
        return rival;
    }

    /** Whether every other member has proved that it lives and knows the secret. Nothing is known of them before {@link #members} was called. */
    boolean allProven() {
        return members.contains(self) && members.stream().allMatch(m -> m.equals(self) || peers.values().stream().anyMatch(p -> p.member.equals(m)));
    }

    /** For any thread. */
    PresenceStore.Counts counts() {
        return new PresenceStore.Counts(index.size(), forged.get(), replayed.get(), resent.get(), expired.get(), conflicts.get());
    }

    private void take(Share share) {
        Peer peer = peers.get(share.sender().node());
        if (peer == null || !peer.incarnation.equals(share.sender().incarnation())) {
            replayed.incrementAndGet();
            return;
        }
        if (peer.view.take(share.changes()) == PeerView.Result.OLD && share.changes().to() != peer.view.version()) {
            replayed.incrementAndGet();
        }
    }

    private void take(Beat beat) {
        Sender from = beat.sender();
        Heard before = heard.get(from.incarnation());
        if (!members.contains(from.member()) || before != null && beat.sequence() <= before.sequence) {
            replayed.incrementAndGet();
            return;
        }
        heard.put(from.incarnation(), new Heard(from.member(), beat.sequence(), beat.challenge()));
        boolean greet = before == null;
        Optional<Echo> echo = beat.echoes().stream().filter(e -> e.incarnation().equals(incarnation)).findFirst();
        Long made = echo.map(e -> challenges.get(e.challenge())).orElse(null);
        if (made != null && nanoTime.getAsLong() - made <= LIFE.toNanos()) {
            greet |= prove(beat, made);
            resendIfMissed(echo.get().version());
        }
        if (greet) {
            beat();
        }
    }

    /** Takes a beat that proves that its sender has lived since {@code made}. True where the sender is new. */
    private boolean prove(Beat beat, long made) {
        Sender from = beat.sender();
        if (from.node().equals(node)) {
            meetRival(beat);
            return false;
        }
        Peer peer = peers.get(from.node());
        boolean other = peer != null && !peer.incarnation.equals(from.incarnation());
        if (other && isOlder(peer.member, from.member())) {
            conflict(from.node(), peer.address, beat.address());
            return false;
        }
        if (other) {
            peer.view.drop();
        }
        boolean fresh = peer == null || other;
        if (fresh) {
            peer = new Peer(beat, new PeerView(from.node(), index, beat.version()), made);
            peers.put(from.node(), peer);
        }
        peer.member = from.member();
        if (peer.view.version() >= beat.version()) {
            peer.provenAt = Math.max(peer.provenAt, made);
        }
        if (fresh) {
            listPeers();
        }
        return fresh;
    }

    private void meetRival(Beat beat) {
        if (isOlder(beat.sender().member(), self)) {
            rival = Optional.of(beat.address());
        }
        conflict(node, address, beat.address());
    }

    private boolean isOlder(UUID one, UUID other) {
        int at = members.indexOf(one);
        return at >= 0 && at < members.indexOf(other);
    }

    private void conflict(String name, String one, String other) {
        long n = conflicts.incrementAndGet();
        if (Long.bitCount(n) == 1) {
            LOG.error("Two nodes have the name '{}', at {} and at {}. The one that joined the cluster last is ignored:"
                    + " give each node a node.name of its own.", name, one, other);
        }
    }

    /** A peer has missed something if it doesn't know what was shared a tick ago. One that knows nothing need not wait. */
    private void resendIfMissed(long version) {
        boolean missed = version != Echo.UNPROVEN && (version < sharedBeforeLastTick || version == 0 && shared > 0);
        long now = nanoTime.getAsLong();
        if (!missed || everythingSent && now - everythingSentAt < RESEND_PAUSE) {
            return;
        }
        share();
        everythingSent = true;
        everythingSentAt = now;
        resent.incrementAndGet();
        send(new Share(sender(), own.everything()));
    }

    /** Says that this node lives, after all it has to share, so that whoever gets both in order stands at the beat's version. */
    private void beat() {
        share();
        UUID challenge = UUID.randomUUID();
        challenges.put(challenge, nanoTime.getAsLong());
        List<Echo> echoes = new ArrayList<>();
        heard.forEach((peer, h) -> echoes.add(new Echo(peer, h.challenge, version(peer))));
        send(new Beat(sender(), address, ++sequence, challenge, shared, echoes));
    }

    private long version(UUID peer) {
        return peers.values().stream().filter(p -> p.incarnation.equals(peer)).findFirst().map(p -> p.view.version()).orElse(Echo.UNPROVEN);
    }

    private void dropIf(Predicate<Peer> gone) {
        boolean dropped = peers.values().removeIf(peer -> {
            boolean drop = gone.test(peer);
            if (drop) {
                peer.view.drop();
            }
            return drop;
        });
        if (dropped) {
            listPeers();
        }
    }

    private void listPeers() {
        known = peers.entrySet().stream().map(e -> new Member(e.getKey(), e.getValue().address, false))
                .sorted(Comparator.comparing(Member::node)).toList();
    }

    private Sender sender() {
        return new Sender(node, incarnation, self);
    }

    private void send(Message message) {
        network.accept(seal.seal(MessageCodec.encode(message)));
    }
}
