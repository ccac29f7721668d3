package im.chancery.tests.e2e;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.Jid;

/**
 * A gate that asks another one over the link (docs/link.md): for a host that has its engine in itself, and whose gate a test
 * wants in its own process. While there is no link nothing can be recorded; it is looked for again all the time. Safe for many
 * threads.
 */
public final class LinkGate implements Gate, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LinkGate.class.getName());
    private static final long RETRY_MILLIS = 50;
    private static final long RECHECK_SECONDS = 10;
    private static final List<StanzaKind> KINDS = List.of(StanzaKind.MESSAGE, StanzaKind.PRESENCE, StanzaKind.IQ);
    private static final List<Direction> DIRECTIONS = List.of(Direction.LOCAL, Direction.INBOUND, Direction.OUTBOUND);
    private static final List<Place> PLACES = List.of(Place.DIRECT, Place.ROOM, Place.ROOM_PRIVATE);
    private static final List<Outcome> OUTCOMES = List.of(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.UNKNOWN);

    private record Answer(boolean allowed, String record, String errorType, String condition, String reason) {
        static Answer of(DataInputStream body) throws IOException {
            return new Answer(body.readByte() == 1, LinkFrames.text(body), LinkFrames.text(body), LinkFrames.text(body), LinkFrames.text(body));
        }

        Decision decision() {
            Effect effect = allowed ? Effect.ALLOW : Effect.REFUSE;
            Optional<StanzaError> error = allowed ? Optional.empty() : Optional.of(new StanzaError(
                    StanzaError.Type.valueOf(word(errorType)), StanzaError.Condition.valueOf(word(condition)), reason));
            return new Decision(effect, List.of(new DeterminingRule("linked", effect, reason, false)), error);
        }

        private static String word(String token) {
            return token.toUpperCase(Locale.ROOT).replace('-', '_');
        }
    }

    private final UnixDomainSocketAddress address;
    private final String instance = UUID.randomUUID().toString();
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, CompletableFuture<Answer>> open = new ConcurrentHashMap<>();
    /** Runs what waits for verdicts; not the reader, which reads what a recheck there waits for. */
    private final ExecutorService verdicts = Executors.newSingleThreadExecutor(task -> daemon(task, "linked-verdicts"));
    private final CountDownLatch closing = new CountDownLatch(1);
    private SocketChannel channel;

    /** Asks at the socket that the system property {@code chancery.test.gate} names. Made by {@link java.util.ServiceLoader}. */
    public LinkGate() {
        this(Path.of(System.getProperty("chancery.test.gate")));
    }

    /** Asks at this socket, once somebody listens there. */
    LinkGate(Path socket) {
        address = UnixDomainSocketAddress.of(socket);
        daemon(this::keepLinked, "linked-gate").start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void keepLinked() {
        try {
            while (!closing.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
                try (SocketChannel linked = SocketChannel.open(address)) {
                    serve(linked);
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.DEBUG, "No link", e);
                } finally {
                    unlink();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel linked) throws IOException {
        DataInputStream in = new DataInputStream(Channels.newInputStream(linked));
        writeAll(linked, LinkFrames.hello("test gate", instance));
        boolean ending = false; // the engine stops, and answers what has been asked
        while (!ending || !open.isEmpty()) {
            LinkFrames.Received frame = LinkFrames.read(in);
            ending |= frame.type() == LinkFrames.BYE;
            if (frame.type() == LinkFrames.WELCOME) {
                link(linked);
            } else if (frame.type() == LinkFrames.VERDICT) {
                CompletableFuture<Answer> asked = open.remove(frame.body().readLong());
                Answer answer = Answer.of(frame.body());
                if (asked != null) {
                    asked.complete(answer);
                }
            } else if (frame.type() == LinkFrames.PING) {
                long token = frame.body().readLong();
                send(LinkFrames.frame(LinkFrames.PONG, out -> out.writeLong(token)));
            }
        }
    }

    private synchronized void link(SocketChannel linked) {
        channel = linked;
        LOG.log(System.Logger.Level.INFO, "Linked to the engine");
    }

    /** Nothing is answered any more of what was asked. */
    private void unlink() {
        synchronized (this) {
            channel = null;
        }
        for (Long id : List.copyOf(open.keySet())) {
            CompletableFuture<Answer> asked = open.remove(id);
            asked.completeExceptionally(new IOException("the link is lost"));
        }
    }

    private synchronized void send(ByteBuffer frames) throws IOException {
        if (channel == null) {
            throw new IOException("there is no link");
        }
        writeAll(channel, frames);
    }

    private static void writeAll(SocketChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    @Override
    public CompletionStage<Verdict> submit(Exchange exchange) {
        return ask(LinkFrames.SUBMIT, exchange).thenApplyAsync(answer -> {
            if (answer.record().isEmpty()) {
                throw new IllegalStateException("nothing could be recorded: " + answer.reason());
            }
            return new Verdict(answer.decision(), RecordId.parse(answer.record()));
        }, verdicts);
    }

    @Override
    public CompletionStage<Decision> recheck(Exchange exchange) {
        return ask(LinkFrames.RECHECK, exchange).orTimeout(RECHECK_SECONDS, TimeUnit.SECONDS).thenApply(Answer::decision);
    }

    private CompletableFuture<Answer> ask(int type, Exchange exchange) {
        long id = ids.incrementAndGet();
        CompletableFuture<Answer> asked = new CompletableFuture<>();
        open.put(id, asked);
        try {
            ByteArrayOutputStream frames = new ByteArrayOutputStream();
            if (exchange.room().isPresent()) {
                frames.writeBytes(room(exchange).array());
            }
            frames.writeBytes(LinkFrames.frame(type, out -> question(out, id, exchange)).array());
            send(ByteBuffer.wrap(frames.toByteArray()));
        } catch (IOException e) {
            open.remove(id);
            asked.completeExceptionally(e);
        }
        return asked;
    }

    private static ByteBuffer room(Exchange exchange) throws IOException {
        var room = exchange.room().orElseThrow();
        return LinkFrames.frame(LinkFrames.ROOM, out -> {
            LinkFrames.text(out, room.room().toString());
            out.writeLong(room.version());
            out.writeInt(room.occupants().size());
            for (BareJid occupant : room.occupants()) {
                LinkFrames.text(out, occupant.toString());
            }
        });
    }

    private static void question(DataOutputStream out, long id, Exchange exchange) throws IOException {
        out.writeLong(id);
        out.writeByte(KINDS.indexOf(exchange.kind()));
        out.writeByte(DIRECTIONS.indexOf(exchange.direction()));
        out.writeByte(PLACES.indexOf(exchange.place()));
        LinkFrames.text(out, exchange.type());
        LinkFrames.text(out, exchange.from().toString());
        LinkFrames.text(out, exchange.to().toString());
        LinkFrames.text(out, exchange.recipient().map(Jid::toString).orElse(""));
        LinkFrames.text(out, exchange.room().map(room -> room.room().toString()).orElse(""));
        out.writeLong(exchange.room().map(room -> room.version()).orElse(0L));
        LinkFrames.text(out, exchange.stanza());
    }

    @Override
    public void outcome(RecordId attempt, Outcome outcome) {
        tell(LinkFrames.OUTCOME, out -> {
            out.writeByte(OUTCOMES.indexOf(outcome));
            LinkFrames.text(out, attempt.toString());
        });
    }

    @Override
    public void assigned(RecordId attempt, String id) {
        tell(LinkFrames.ASSIGNED, out -> {
            LinkFrames.text(out, attempt.toString());
            LinkFrames.text(out, id);
        });
    }

    @Override
    public void presence(PresenceChange change) {
        tell(LinkFrames.PRESENCE, out -> presence(out, change));
    }

    private static void presence(DataOutputStream out, PresenceChange change) throws IOException {
        LinkFrames.text(out, change.who().toString());
        out.writeByte(change.available() ? 1 : 0);
        LinkFrames.text(out, change.show());
        out.writeByte(change.priority());
    }

    @Override
    public synchronized void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available) {
        tell(LinkFrames.SNAPSHOT_BEGIN, out -> LinkFrames.text(out, domain.toString()));
        available.forEach(this::presence);
        tell(LinkFrames.SNAPSHOT_END, out -> LinkFrames.text(out, domain.toString()));
    }

    /** Says something that is not answered; without a link nobody hears it. */
    private void tell(int type, LinkFrames.Fields fields) {
        try {
            send(LinkFrames.frame(type, fields));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "Nobody was told", e);
        }
    }

    /** Ends the link; what is open fails. */
    @Override
    public void close() {
        closing.countDown();
        synchronized (this) {
            if (channel != null) {
                try {
                    channel.close();
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.DEBUG, "The link did not close cleanly", e);
                }
            }
        }
    }
}
