package im.chancery.tests.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.HdrHistogram.Histogram;

/**
 * Pairs of clients, one sending to the other, driven by one thread. Users are {@code u0}, {@code u1}, …; pair p is
 * u2p → u2p+1. Every run is bounded in time and ends only when all that was sent has arrived or a minute went by.
 */
final class PairLoad implements AutoCloseable {
    /** Makes a stanza of about 600 bytes, the size the archive's benchmark uses too. */
    private static final String FILL = "The quick brown fox jumps over the lazy dog, and again. ".repeat(8);
    private static final long GRACE_NANOS = 60_000_000_000L;
    /** How long it looks away between messages at a steady rate; spinning would take one of the cores that it measures. */
    private static final long NAP_NANOS = 50_000;

    private final List<LoadConnection> senders = new ArrayList<>();
    private final Selector selector = Selector.open();
    private final long[] sentAt = new long[1 << 22];
    private final int[] pairOf = new int[1 << 22];
    private int sent;
    private int sentBefore;
    private int arrived;
    private int refused;
    /** Each pair's newest message that has arrived. */
    private final int[] newest;
    private int overtaken;
    private Histogram latency = new Histogram(3);
    private final List<LoadConnection> receivers = new ArrayList<>();

    PairLoad(InetSocketAddress server, String domain, int pairs, UnaryOperator<String> passwordOf) throws IOException {
        newest = new int[pairs];
        for (int p = 0; p < pairs; p++) {
            LoadConnection s = new LoadConnection(server, domain, "u" + 2 * p, passwordOf.apply("u" + 2 * p));
            LoadConnection r = new LoadConnection(server, domain, "u" + (2 * p + 1),
                    passwordOf.apply("u" + (2 * p + 1)));
            senders.add(s);
            receivers.add(r);
            s.channel.register(selector, SelectionKey.OP_READ, s);
            r.channel.register(selector, SelectionKey.OP_READ, r);
        }
    }

    /**
     * @param perSecond messages that arrived per second
     * @param latency   microseconds from send to arrival
     * @param arrived   messages that arrived
     */
    record Result(double perSecond, Histogram latency, int arrived) {
    }

    /** Each of the first {@code pairs} keeps {@code inFlight} messages on their way, for so many seconds. */
    Result closedLoop(int pairs, int inFlight, double seconds) throws IOException {
        reset();
        long start = System.nanoTime();
        long stop = start + (long) (seconds * 1e9);
        for (int p = 0; p < pairs; p++) {
            for (int k = 0; k < inFlight; k++) {
                send(p);
            }
        }
        while (arrived + refused < sent && System.nanoTime() < stop + GRACE_NANOS) {
            poll(100, stop);
        }
        return result(start, Math.max(stop, System.nanoTime()));
    }

    /** Sends at a steady rate, spread over all pairs, without waiting for arrivals. */
    Result steady(int perSecond, double seconds) throws IOException {
        reset();
        long start = System.nanoTime();
        long step = 1_000_000_000L / perSecond;
        long count = (long) (perSecond * seconds);
        for (long i = 0; i < count; i++) {
            long due = start + i * step;
            long now;
            while ((now = System.nanoTime()) < due) {
                if (!poll(0, 0)) {
                    LockSupport.parkNanos(Math.min(due - now, NAP_NANOS));
                }
            }
            send((int) (i % senders.size()));
        }
        long stop = System.nanoTime();
        while (arrived + refused < sent && System.nanoTime() < stop + GRACE_NANOS) {
            poll(10, 0);
        }
        return result(start, System.nanoTime());
    }

    /** How many messages it has sent in all its runs. */
    int sent() {
        return sentBefore + sent;
    }

    /** How many have arrived after a later one of the same sender, in all its runs. */
    int overtaken() {
        return overtaken;
    }

    private void reset() {
        Arrays.fill(newest, -1);
        sentBefore += sent;
        sent = 0;
        arrived = 0;
        refused = 0;
        latency = new Histogram(3);
    }

    private void send(int pair) throws IOException {
        int id = sent++;
        pairOf[id] = pair;
        String stanza = "<message to='" + receivers.get(pair).jid + "' type='chat' id='" + id + "'><body>" + FILL + "</body></message>";
        sentAt[id] = System.nanoTime();
        senders.get(pair).write(ByteBuffer.wrap(stanza.getBytes(StandardCharsets.UTF_8)));
    }

    /** Waits up to so many ms for arrivals; each arrival before {@code again} sends its pair's next message. @return whether any came */
    private boolean poll(long millis, long again) throws IOException {
        int ready = millis == 0 ? selector.selectNow() : selector.select(millis);
        if (ready == 0) {
            return false;
        }
        for (SelectionKey k : selector.selectedKeys()) {
            LoadConnection c = (LoadConnection) k.attachment();
            c.read((id, error) -> arrivedOne(id, error, again));
        }
        selector.selectedKeys().clear();
        return true;
    }

    private void arrivedOne(int id, boolean error, long again) {
        long now = System.nanoTime();
        if (id < 0 || id >= sent) {
            return;
        }
        if (error) {
            refused++;
        } else {
            arrived++;
            latency.recordValue((now - sentAt[id]) / 1000);
            overtaken += id < newest[pairOf[id]] ? 1 : 0;
            newest[pairOf[id]] = Math.max(newest[pairOf[id]], id);
        }
        if (now < again && sent < sentAt.length) {
            try {
                send(pairOf[id]);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private Result result(long start, long end) {
        if (arrived < sent) {
            throw new IllegalStateException("of " + sent + " messages " + arrived + " arrived, " + overtaken + " of them after a later one of their sender, and " + refused + " were refused");
        }
        return new Result(arrived * 1e9 / (end - start), latency, arrived);
    }

    @Override
    public void close() throws IOException {
        for (LoadConnection c : senders) {
            c.close();
        }
        for (LoadConnection c : receivers) {
            c.close();
        }
        selector.close();
    }
}
