package im.chancery.engine.audit;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.syslog.SyslogTransport;
import im.chancery.core.RecordId;
import im.chancery.retention.RecordClasses;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends each record of class {@code audit} to a syslog receiver, in log order, and alerts in between. The sealed records are the truth; this is a copy of
 * their outside for a SIEM. It waits for nobody and nobody waits for it: the archive tells it leaf indexes, of which it keeps so many; one thread opens their
 * records and sends them. After an outage, or a start, it looks in the archive for what has not been sent.
 *
 * <p>Each event arrives at least once over TCP and TLS: what may have been under way when a connection breaks ({@link SyslogTransport#inDoubt} messages) is
 * sent again, with the same record id, and so is what was when the engine was killed. Over UDP nobody can promise that.
 */
public final class AuditStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditStream.class);
    private static final int MOST_WAITING = 10_000;
    private static final int MOST_TRIES = 5;
    private static final int NOTED_EACH = 100;
    private static final long TICK_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final long CLOSING_MILLIS = 3_000;

    private final Archive archive;
    private final String origin;
    private final SyslogTransport transport;
    private final SentMark mark;
    private final Clock clock;
    private final Thread thread;
    private final Alerts alerts = new Alerts();

    /** Leaf indexes as the archive tells them; guarded by this. */
    private final Deque<Long> fresh = new ArrayDeque<>();
    /** How many were not kept, so that the archive has to be asked; guarded by this. */
    private long forgotten;
    private boolean behind = true;
    private boolean closed;
    private boolean givenUp;

    // the thread's own from here on, but for the numbers that are shown
    /** Sent before {@link #fresh}. */
    private final Deque<Long> next = new ArrayDeque<>();
    /** What was sent on this connection and may not have been read. */
    private final Deque<Long> inDoubt = new ArrayDeque<>();
    private long seen;
    private long done;
    private int tries;
    private volatile int repeating;
    private volatile long sent;
    private volatile long failures;
    private volatile long skipped;

    private AuditStream(Archive archive, String origin, SyslogTransport transport, SentMark mark, Clock clock) {
        this.archive = archive;
        this.origin = origin;
        this.transport = transport;
        this.mark = mark;
        this.clock = clock;
        this.thread = transport == null ? null : new Thread(this::run, "audit-stream");
    }

    /** One that sends nothing. */
    public static AuditStream none() {
        return new AuditStream(null, "", null, null, null);
    }

    /**
     * Starts to send: what has not been sent before; the first time, what is recorded from now on.
     *
     * @param origin the node's name
     * @param data   the data folder, where it notes how far it has got
     * @throws IOException if that note can't be written
     */
    public static AuditStream start(Archive archive, String origin, SyslogTransport transport, Path data, Clock clock) throws IOException {
        SentMark mark = SentMark.open(data, archive.status().committed() - 1);
        AuditStream stream = new AuditStream(archive, origin, transport, mark, clock);
        stream.seen = Math.min(mark.sent(), archive.status().committed() - 1);
        stream.done = stream.seen;
        archive.observe((id, record, nanos) -> {
            if (record.recordClass().equals(RecordClasses.AUDIT)) {
                stream.offer(id.index());
            }
        });
        stream.thread.setDaemon(true);
        stream.thread.start();
        return stream;
    }

    /** How many records have still to be sent, those that are sent again included. */
    public synchronized long waiting() {
        return fresh.size() + forgotten + repeating;
    }

    /** How many messages were sent, repeated ones and alerts included. */
    public long sent() {
        return sent;
    }

    /** How often the receiver could not be reached, or a connection broke. */
    public long failures() {
        return failures;
    }

    /** How many records could not be opened any more when they were to be sent. */
    public long skipped() {
        return skipped;
    }

    private synchronized void offer(long index) {
        if (fresh.size() < MOST_WAITING && !behind) {
            fresh.add(index);
        } else {
            forgotten++;
            behind = true;
        }
        notifyAll();
    }

    private void run() {
        long pause = TICK_MILLIS;
        boolean goesOn = true;
        while (goesOn && !isOver()) {
            try {
                step();
                pause = TICK_MILLIS;
            } catch (IOException e) {
                broken(e);
                goesOn = pause(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            } catch (ArchiveException e) {
                LOG.warn("the audit stream can't read the archive: {}", e.getMessage());
                goesOn = pause(TICK_MILLIS);
            } catch (RuntimeException | Error e) {
                LOG.error("the audit stream failed; it is tried again", e);
                goesOn = pause(TICK_MILLIS);
            }
        }
        if (transport.finish()) {
            inDoubt.clear();
        }
        mark.note(safelySent());
    }

    private void step() throws IOException {
        catchUp();
        alerts.tell(archive.status(), skipped, clock.instant(), message -> send(message.bytes()));
        Optional<Long> index = take();
        if (index.isPresent()) {
            tell(index.get());
        } else {
            transport.check();
        }
        if (index.isEmpty() || sent % NOTED_EACH == 0) {
            mark.note(safelySent());
        }
    }

    private synchronized boolean isOver() {
        return closed && (givenUp || fresh.isEmpty() && next.isEmpty() && !behind);
    }

    /**
     * Looks in the archive for what was not kept here, and keeps the oldest of it. Only indexes are gathered, so that no database connection waits for the
     * receiver.
     */
    private void catchUp() {
        long uncounted;
        synchronized (this) {
            if (!behind || !next.isEmpty()) {
                return;
            }
            behind = false;
            uncounted = forgotten + fresh.size();
            forgotten = 0;
            fresh.clear();
        }
        TreeSet<Long> oldest = new TreeSet<>();
        AtomicLong more = new AtomicLong();
        try {
            archive.buckets().stream().map(BucketStatus::id).filter(b -> b.recordClass().equals(RecordClasses.AUDIT))
                    .forEach(bucket -> archive.scan(bucket, seen, record -> {
                        oldest.add(record.id().index());
                        if (oldest.size() > MOST_WAITING) {
                            oldest.pollLast();
                            more.incrementAndGet();
                        }
                    }));
        } catch (RuntimeException | Error e) { // whatever it is: what is forgotten now is never told
            isBehind(uncounted);
            throw e;
        }
        if (!oldest.isEmpty()) {
            next.addAll(oldest);
            seen = oldest.last();
        }
        repeating = next.size();
        if (more.get() > 0) {
            isBehind(more.get());
        }
    }

    private synchronized void isBehind(long by) {
        forgotten += by;
        behind = true;
    }

    /** The next to send; empty after a second without one. */
    private Optional<Long> take() {
        Long queued = next.poll();
        repeating = next.size();
        if (queued != null) {
            return Optional.of(queued);
        }
        synchronized (this) {
            if (fresh.isEmpty() && !behind && !closed) {
                await(TICK_MILLIS);
            }
            for (Long index = fresh.poll(); index != null; index = fresh.poll()) {
                if (index > seen) {
                    seen = index;
                    return Optional.of(index);
                }
            }
        }
        return Optional.empty();
    }

    private void tell(long index) throws IOException {
        try {
            Optional<ArchivedRecord> record = archive.open(new RecordId(origin, index));
            if (record.isPresent()) {
                byte[] message = AuditMessages.of(record.get()).bytes();
                inDoubt.add(index);
                send(message);
            }
            tries = 0;
        } catch (RuntimeException | Error e) {
            if (!(e instanceof ArchiveException.Destroyed) && (++tries < MOST_TRIES || !archive.status().available())) {
                next.addFirst(index);
                repeating = next.size();
                throw e;
            }
            LOG.error("audit record {} was not sent: {}", index, e.toString());
            tries = 0;
            skipped++;
        }
        done = Math.max(done, index);
        while (inDoubt.size() > transport.inDoubt()) {
            inDoubt.poll();
        }
    }

    private void send(byte[] message) throws IOException {
        transport.send(message);
        sent++;
    }

    /** Everything up to this index has been sent, and nothing up to it is in doubt. */
    private long safelySent() {
        return LongStream.of(done, first(inDoubt) - 1, first(next) - 1).min().getAsLong();
    }

    private static long first(Deque<Long> indexes) {
        return indexes.isEmpty() ? Long.MAX_VALUE : indexes.peekFirst();
    }

    private void broken(IOException why) {
        failures++;
        LOG.warn("the audit stream's receiver can't be reached: {}", why.toString());
        while (!inDoubt.isEmpty()) {
            next.addFirst(inDoubt.pollLast());
        }
        repeating = next.size();
    }

    /** @return false where it is time to end instead */
    private synchronized boolean pause(long millis) {
        if (!closed) {
            await(millis);
        }
        return !closed;
    }

    private synchronized void await(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends what waits, for 3 s at most; the rest is sent after the next start. */
    @Override
    public void close() {
        if (thread == null) {
            return;
        }
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(CLOSING_MILLIS);
            synchronized (this) {
                givenUp = true;
            }
            transport.close(); // ends what is stuck in the receiver; an interrupt might hit the database
            thread.join(CLOSING_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
