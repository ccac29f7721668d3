package im.chancery.host.prosody;

import im.chancery.core.Decision;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaError;
import im.chancery.engine.Refusals;
import im.chancery.engine.Unquoted;
import im.chancery.engine.config.LinkOptions;
import im.chancery.host.prosody.LinkWriter.Outgoing;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One host's connection. Two threads: {@link #read} takes frames and puts questions to the gate, {@link #write} sends what isn't sent at once;
 * the verdicts of a transaction go in one go, from the thread that gives them.
 *
 * <p>Memory is bounded by permits, one for each byte: a question takes its frame's size before the gate sees it and gives
 * it back once its answer is written. Without permits the reader stops, the socket fills, and the host feels it.
 */
final class LinkConnection {
    private static final Logger LOG = LoggerFactory.getLogger(LinkConnection.class);
    /** What a frame without a stanza costs. */
    private static final int SMALL = 256;
    private static final long LAST_WORDS_MILLIS = 500;
    private static final long LOOK_AROUND_MILLIS = 200;
    /** In the order of the link's codes. */
    private static final List<Outcome> OUTCOMES = List.of(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.UNKNOWN);

    private final LinkChannel channel;
    private final LinkWriter writer;
    private final Gate gate;
    private final String node;
    private final LinkOptions options;
    private final Optional<LinkSecret> secret;
    private final Attempts attempts;
    private final HostPresence presence;
    private final Consumer<LinkConnection> onEnd;
    private final Semaphore permits;
    /** Questions whose answer isn't written yet. */
    private final AtomicInteger held = new AtomicInteger();
    /** Whether verdicts will be written after the last one that is being given. */
    private final AtomicBoolean flushing = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Exchanges exchanges = new Exchanges();
    private volatile String instance;
    private HostPresence.Voice voice;

    LinkConnection(LinkChannel channel, Gate gate, String node, LinkOptions options, Optional<LinkSecret> secret,
                   Attempts attempts, HostPresence presence, Consumer<LinkConnection> onEnd) {
        this.channel = channel;
        this.writer = new LinkWriter(channel, this::telling, this::written);
        this.gate = gate;
        this.node = node;
        this.options = options;
        this.secret = secret;
        this.attempts = attempts;
        this.presence = presence;
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
            LOG.error("A host's link failed", Unquoted.of(e, LOG));
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
        voice = presence.voice();
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

    private void take(Frame frame) throws IOException, MalformedFrameException, InterruptedException {
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
        } else if (frame instanceof Frame.Presence change) {
            voice.take(change);
        } else if (frame instanceof Frame.SnapshotBegin begin) {
            voice.begin(begin);
        } else if (frame instanceof Frame.SnapshotEnd end) {
            voice.end(end);
        } else if (frame instanceof Frame.Ping ping) {
            acquire(SMALL);
            send(new Outgoing(new Frame.Pong(ping.token()), SMALL));
        } else if (frame instanceof Frame.Bye bye) {
            LOG.info("A host says goodbye: {}", bye.reason());
        } else {
            throw new MalformedFrameException("a frame of type " + frame.type() + " that only an engine sends, or only once");
        }
    }

    /** Waits for permits. Meanwhile nobody reads, so that only the writer finds out that the host is gone. */
    private void acquire(int cost) throws IOException, InterruptedException {
        while (!permits.tryAcquire(cost, LOOK_AROUND_MILLIS, TimeUnit.MILLISECONDS)) {
            if (writer.hasEnded()) {
                throw new ClosedChannelException();
            }
        }
    }

    private void ask(Frame.Submit question) throws IOException, MalformedFrameException, InterruptedException {
        int cost = (int) Math.min(options.maxHeld(), SMALL + question.stanza().length());
        acquire(cost);
        held.incrementAndGet();
        Exchange exchange;
        try {
            exchange = exchanges.exchange(question);
        } catch (XmppStringprepException e) {
            LOG.info("Refused a stanza whose address can't be recorded (RFC 7622)");
            answer(question, Optional.empty(), Optional.of(Refusals.BAD_ADDRESS), cost);
            return;
        }
        if (question.recheck()) {
            recheck(exchange).whenComplete((decision, failure) -> answer(question, Optional.empty(),
                    failure == null ? decision.error() : Optional.of(Refusals.UNAVAILABLE), cost));
            return;
        }
        gate.submit(exchange).whenComplete((verdict, failure) -> {
            if (failure != null) {
                LOG.debug("A stanza could not be recorded", failure);
                answer(question, Optional.empty(), Optional.of(Refusals.UNAVAILABLE), cost);
            } else {
                answer(question, Optional.of(verdict.attempt()), verdict.decision().error(), cost);
            }
        });
    }

    /** A policy that fails refuses. */
    private CompletionStage<Decision> recheck(Exchange exchange) {
        try {
            return gate.recheck(exchange);
        } catch (RuntimeException e) {
            LOG.error("The policy failed; the stanza is refused", Unquoted.of(e, LOG));
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

    // --- writing ---

    private void answer(Frame.Submit question, Optional<RecordId> attempt, Optional<StanzaError> error, int cost) {
        Frame.Answer frame = new Frame.Answer(question.id(), error.isEmpty(), attempt.map(RecordId::toString).orElse(""),
                error.map(e -> e.type().token()).orElse(""), error.map(e -> e.condition().token()).orElse(""),
                error.map(StanzaError::text).orElse(""));
        writer.add(new Outgoing(frame, cost, attempt, question.goesOn() ? Outcome.UNKNOWN : Outcome.BOUNCED));
        if (flushing.compareAndSet(false, true)) {
            gate.afterVerdicts(this::flushVerdicts);
        }
        if (writer.isDiscarding()) {
            discard();
        }
    }

    private void flushVerdicts() {
        flushing.set(false);
        writer.flush();
    }

    private void say(Frame frame) {
        send(new Outgoing(frame, 0));
    }

    private void send(Outgoing frame) {
        writer.add(frame);
        writer.wake();
    }

    void write() {
        writer.run();
    }

    private void telling(Outgoing next) {
        next.attempt().ifPresent(id -> attempts.told(instance, id, this));
    }

    private void written(Outgoing done) {
        permits.release(done.permits());
        if (done.frame() instanceof Frame.Answer) {
            held.decrementAndGet();
        }
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
        if (instance == null || writer.isDiscarding()) {
            return false;
        }
        say(notice);
        return true;
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

    /** A machine that is gone ends no connection. Its host would have sent a PING since. */
    void closeIfSilent(long nanos) {
        if (channel.silentNanos() > nanos) {
            LOG.warn("Closing a host's link: nothing has come for {} s", TimeUnit.NANOSECONDS.toSeconds(nanos));
            closeChannel();
        }
    }

    /** Breaks the connection off. */
    void closeChannel() {
        channel.close();
    }

    /** Lets the writer finish, within reason: the host may have stopped reading. Run once, by the reader. */
    private void end(String why) {
        writer.end();
        try {
            if (!writer.awaitEnd(LAST_WORDS_MILLIS)) {
                LOG.debug("A host did not take the last frames");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeChannel();
        writer.halt(); // or a verdict could be told of after what this connection has told of is counted
        if (instance != null) {
            attempts.disconnected(instance, this);
            voice.fallSilent();
            LOG.info("A host's link has ended: {}", why);
        }
        discard();
        ended.countDown();
        onEnd.accept(this);
    }

    /** Verdicts that found no link any more. */
    private void discard() {
        writer.discard(left -> left.attempt().ifPresent(id -> attempts.untold(instance, id, left.lost())));
    }
}
