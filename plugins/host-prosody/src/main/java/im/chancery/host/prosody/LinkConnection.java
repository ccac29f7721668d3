package im.chancery.host.prosody;

import im.chancery.core.Decision;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaError;
import im.chancery.core.Verdict;
import im.chancery.engine.Refusals;
import im.chancery.engine.config.LinkOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One host's connection. Two threads: {@link #read} takes frames and puts questions to the gate, {@link #write} sends what is
 * queued, many verdicts in one go.
 *
 * <p>Memory is bounded by permits, one for each byte: a question takes its frame's size before the gate sees it and gives
 * it back once its answer is written. Without permits the reader stops, the socket fills, and the host feels it.
 */
final class LinkConnection {
    private static final Logger LOG = LoggerFactory.getLogger(LinkConnection.class);
    /** What a frame without a stanza costs. */
    private static final int SMALL = 256;
    private static final int WRITE_BATCH = 64 << 10;
    private static final long LAST_WORDS_MILLIS = 500;
    /** In the order of the link's codes. */
    private static final List<Outcome> OUTCOMES = List.of(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.UNKNOWN);

    private final SocketChannel channel;
    private final Gate gate;
    private final String node;
    private final LinkOptions options;
    private final Optional<LinkSecret> secret;
    private final Attempts attempts;
    private final Consumer<LinkConnection> onEnd;
    private final Semaphore permits;
    /** Questions whose answer isn't written yet. */
    private final AtomicInteger held = new AtomicInteger();
    private final Queue<Outgoing> queue = new ConcurrentLinkedQueue<>();
    private volatile Thread writer;
    /** Whether the writer will be woken for verdicts. */
    private final AtomicBoolean waking = new AtomicBoolean();
    private final CountDownLatch written = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Exchanges exchanges = new Exchanges();
    private volatile String instance;
    private volatile boolean discarding;
    private PresenceSnapshot snapshot;

    /** A frame to write, the permits to give back after it, and the attempt it tells of. */
    private record Outgoing(Frame frame, int permits, Optional<RecordId> attempt) {
    }

    /** Ends the writer. */
    private static final Outgoing LAST = new Outgoing(new Frame.Bye(""), 0, Optional.empty());

    /** A snapshot that is being received. */
    private record PresenceSnapshot(String domain, List<PresenceChange> available) {
    }

    LinkConnection(SocketChannel channel, Gate gate, String node, LinkOptions options, Optional<LinkSecret> secret,
                   Attempts attempts, Consumer<LinkConnection> onEnd) {
        this.channel = channel;
        this.gate = gate;
        this.node = node;
        this.options = options;
        this.secret = secret;
        this.attempts = attempts;
        this.onEnd = onEnd;
        this.permits = new Semaphore((int) Math.min(options.maxHeld(), Integer.MAX_VALUE));
    }

    // --- reading ---

    void read() {
        String reason = "the host has closed the link";
        try {
            FrameReader in = new FrameReader(channel, Frame.MAX_LENGTH);
            if (shakeHands(in)) {
                for (Optional<Frame> frame = in.read(); frame.isPresent(); frame = in.read()) {
                    take(frame.get());
                }
            }
        } catch (MalformedFrameException e) {
            reason = "malformed: " + e.getMessage();
            LOG.warn("Closing a host's link: {}", e.getMessage());
            say(new Frame.Bye(e.getMessage()));
        } catch (IOException e) {
            reason = "the link broke";
            LOG.debug("A host's link broke", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            reason = "the engine failed";
            LOG.error("A host's link failed", e);
        } finally {
            end(reason);
        }
    }

    /** Version, then secret where one is set. Says why it refuses. */
    private boolean shakeHands(FrameReader in) throws IOException, MalformedFrameException, InterruptedException {
        Frame first = in.read().orElse(null);
        if (first == null) {
            return false;
        }
        if (!(first instanceof Frame.Hello hello)) {
            throw new MalformedFrameException("the first frame is not HELLO");
        }
        if (hello.version() != Frame.VERSION) {
            return refuse("this engine speaks version " + Frame.VERSION + " of the link, the host version " + hello.version());
        }
        if (secret.isPresent() && !provesSecret(hello, in)) {
            return refuse("the host does not prove that it knows the secret");
        }
        if (secret.isEmpty() && hello.nonce().length > 0) {
            return refuse("the host has a secret, this engine has none");
        }
        instance = hello.instance();
        attempts.connected(instance);
        say(new Frame.Welcome(Frame.VERSION, node, options.deadline().toMillis(), options.maxHeld(), Frame.MAX_LENGTH));
        LOG.info("A host is linked: {}", hello.software());
        return true;
    }

    private boolean provesSecret(Frame.Hello hello, FrameReader in) throws IOException, MalformedFrameException {
        if (hello.nonce().length != LinkSecret.NONCE_BYTES) {
            return false;
        }
        byte[] nonce = LinkSecret.nonce();
        say(new Frame.Challenge(nonce, secret.get().engineProof(hello.nonce(), nonce)));
        return in.read().orElse(null) instanceof Frame.Proof proof
                && secret.get().hostProves(proof.proof(), hello.nonce(), nonce);
    }

    private boolean refuse(String why) {
        LOG.warn("Refused a host: {}", why);
        say(new Frame.Bye(why));
        return false;
    }

    private void take(Frame frame) throws MalformedFrameException, InterruptedException {
        if (frame instanceof Frame.Submit question) {
            ask(question);
        } else if (frame instanceof Frame.Became became) {
            report(became);
        } else if (frame instanceof Frame.Assigned assigned) {
            gate.assigned(record(assigned.record()), assigned.id());
        } else if (frame instanceof Frame.Room room) {
            exchanges.room(room);
        } else if (frame instanceof Frame.RoomGone gone) {
            exchanges.forget(gone);
        } else if (frame instanceof Frame.Presence presence) {
            take(presence);
        } else if (frame instanceof Frame.SnapshotBegin begin) {
            snapshot = new PresenceSnapshot(begin.domain(), new ArrayList<>());
        } else if (frame instanceof Frame.SnapshotEnd end) {
            finish(end);
        } else if (frame instanceof Frame.Ping ping) {
            permits.acquire(SMALL);
            send(new Outgoing(new Frame.Pong(ping.token()), SMALL, Optional.empty()));
        } else if (frame instanceof Frame.Bye bye) {
            LOG.info("A host says goodbye: {}", bye.reason());
        } else {
            throw new MalformedFrameException("a frame of type " + frame.type() + " that only an engine sends, or only once");
        }
    }

    private void ask(Frame.Submit question) throws MalformedFrameException, InterruptedException {
        int cost = (int) Math.min(options.maxHeld(), SMALL + question.stanza().length());
        permits.acquire(cost);
        held.incrementAndGet();
        Exchange exchange;
        try {
            exchange = exchanges.exchange(question);
        } catch (XmppStringprepException e) {
            LOG.info("Refused a stanza whose address can't be recorded (RFC 7622)");
            answer(question.id(), Optional.empty(), Optional.of(Refusals.BAD_ADDRESS), cost);
            return;
        }
        if (question.recheck()) {
            recheck(exchange).whenComplete((decision, failure) -> answer(question.id(), Optional.empty(),
                    failure == null ? decision.error() : Optional.of(Refusals.UNAVAILABLE), cost));
            return;
        }
        gate.submit(exchange).whenComplete((verdict, failure) -> {
            if (failure != null) {
                LOG.debug("A stanza could not be recorded", failure);
                answer(question.id(), Optional.empty(), Optional.of(Refusals.UNAVAILABLE), cost);
            } else {
                answer(question.id(), verdict, cost);
            }
        });
    }

    /** A policy that fails refuses. */
    private CompletionStage<Decision> recheck(Exchange exchange) {
        try {
            return gate.recheck(exchange);
        } catch (RuntimeException e) {
            LOG.error("The policy failed; the stanza is refused", e);
            return CompletableFuture.failedStage(e);
        }
    }

    private void report(Frame.Became became) throws MalformedFrameException {
        attempts.reported(instance, record(became.record()), OUTCOMES.get(became.outcome()));
    }

    private static RecordId record(String id) throws MalformedFrameException {
        try {
            return RecordId.parse(id);
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("word of something that is no record id");
        }
    }

    private void take(Frame.Presence frame) {
        try {
            PresenceChange change = new PresenceChange(JidCreate.entityFullFrom(frame.who()), frame.available(), frame.show(), frame.priority());
            if (snapshot == null) {
                gate.presence(change);
            } else {
                snapshot.available().add(change);
            }
        } catch (XmppStringprepException e) {
            LOG.debug("Left out presence of an address that is none by RFC 7622");
        }
    }

    private void finish(Frame.SnapshotEnd end) throws MalformedFrameException {
        if (snapshot == null || !snapshot.domain().equals(end.domain())) {
            throw new MalformedFrameException("the end of a snapshot that has not begun");
        }
        try {
            gate.presenceSnapshot(JidCreate.domainBareFrom(end.domain()), snapshot.available());
        } catch (XmppStringprepException e) {
            throw new MalformedFrameException("a snapshot of something that is no domain");
        } finally {
            snapshot = null;
        }
    }

    // --- writing ---

    private void answer(long id, Verdict verdict, int cost) {
        answer(id, Optional.of(verdict.attempt()), verdict.decision().error(), cost);
    }

    private void answer(long id, Optional<RecordId> attempt, Optional<StanzaError> error, int cost) {
        Frame.Answer frame = new Frame.Answer(id, error.isEmpty(), attempt.map(RecordId::toString).orElse(""),
                error.map(e -> e.type().token()).orElse(""), error.map(e -> e.condition().token()).orElse(""),
                error.map(StanzaError::text).orElse(""));
        queue.add(new Outgoing(frame, cost, attempt));
        if (waking.compareAndSet(false, true)) {
            gate.afterVerdicts(this::wakeForVerdicts);
        }
        if (discarding) {
            discard();
        }
    }

    private void say(Frame frame) {
        send(new Outgoing(frame, 0, Optional.empty()));
    }

    private void send(Outgoing last) {
        queue.add(last);
        LockSupport.unpark(writer);
    }

    private void wakeForVerdicts() {
        waking.set(false);
        LockSupport.unpark(writer);
    }

    void write() {
        writer = Thread.currentThread();
        FrameBuffer out = new FrameBuffer();
        try {
            for (Outgoing next = awaitNext(); next != LAST; next = awaitNext()) {
                int released = 0;
                int answers = 0;
                for (Outgoing more = next; more != null; more = moreToWrite(out)) {
                    more.attempt().ifPresent(id -> attempts.told(instance, id, this));
                    out.frame(more.frame());
                    released += more.permits();
                    answers += more.frame() instanceof Frame.Answer ? 1 : 0;
                }
                for (ByteBuffer bytes = out.written(); bytes.hasRemaining();) {
                    channel.write(bytes);
                }
                out.clear();
                permits.release(released);
                held.addAndGet(-answers);
            }
        } catch (IOException e) {
            LOG.debug("A host's link broke while writing", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            written.countDown();
            closeChannel();
        }
    }

    /** The next frame, as soon as somebody has woken this thread for it; {@link #LAST} where what is left is discarded. */
    private Outgoing awaitNext() throws InterruptedException {
        Outgoing next = queue.poll();
        while (next == null && !discarding) {
            LockSupport.park(this);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            next = queue.poll();
        }
        return next == null ? LAST : next;
    }

    /** The next frame of a batch, without waiting. {@link #LAST} stays where it is, also if it comes just now. */
    private Outgoing moreToWrite(FrameBuffer out) {
        Outgoing next = out.size() < WRITE_BATCH ? queue.peek() : null;
        return next == null || next == LAST ? null : queue.poll();
    }

    /** How many stanzas the host holds back, as far as its questions have been read. */
    int held() {
        return held.get();
    }

    // --- ending ---

    /** Asks the host to send no more; what is asked already is answered. */
    void drain() {
        say(new Frame.Bye("the engine stops"));
    }

    /** Queues a message for the host to send; false where the link isn't open. */
    boolean notice(Frame.Notice notice) {
        if (instance == null || discarding) {
            return false;
        }
        say(notice);
        return true;
    }

    /** Tells the host that other rules decide. */
    void rulesChanged() {
        if (instance != null && !discarding) {
            say(new Frame.Rules());
        }
    }

    /** Waits until the connection has ended, for at most so many nanoseconds. */
    void awaitEnd(long nanos) {
        try {
            ended.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A peer that connects and says nothing must not hold a place. */
    void closeUnlessWelcomed() {
        if (instance == null) {
            closeChannel();
        }
    }

    /** Breaks the connection off. */
    void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("A host's link did not close cleanly", e);
        }
    }

    /** Lets the writer finish, within reason: the host may have stopped reading. Run once, by the reader. */
    private void end(String why) {
        send(LAST);
        try {
            if (!written.await(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.debug("A host did not take the last frames");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeChannel();
        if (instance != null) {
            attempts.disconnected(instance, this);
            LOG.info("A host's link has ended: {}", why);
        }
        discarding = true;
        LockSupport.unpark(writer);
        discard();
        ended.countDown();
        onEnd.accept(this);
    }

    /** Verdicts that found no link any more. */
    private void discard() {
        for (Outgoing left = queue.poll(); left != null; left = queue.poll()) {
            left.attempt().ifPresent(id -> attempts.untold(instance, id));
        }
    }
}
