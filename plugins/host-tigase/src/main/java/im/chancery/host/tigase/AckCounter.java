package im.chancery.host.tigase;

import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tigase.server.Packet;
import tigase.server.xmppclient.StreamManagementIOProcessor;
import tigase.xmpp.XMPPIOService;

/**
 * How far a client's stream has got, for XEP-0198. Tigase counts a stanza when it is parsed; with the edge in between that acknowledges
 * stanzas that have no verdict yet, and a crash then loses them. This counter takes the place of Tigase's own in the stream's
 * session data and gives the number of stanzas up to the first that is not done. Tigase answers a request at once; where it had to
 * answer with less than what had been parsed, the rest is acknowledged unasked as soon as it is done (XEP-0198, section 4). It stays with the session when
 * its stream is resumed on another connection. Safe for many threads.
 */
final class AckCounter extends StreamManagementIOProcessor.Counter {
    private static final Logger LOG = LoggerFactory.getLogger(AckCounter.class);
    /** Where Tigase keeps its counter. */
    private static final String KEY = StreamManagementIOProcessor.XMLNS + "_in";

    private final Map<Packet, Integer> waiting = new IdentityHashMap<>();
    private final NavigableSet<Integer> numbers = new TreeSet<>();
    private XMPPIOService<?> stream;
    private int parsed;
    private int asked;

    private AckCounter() {
    }

    /** The counter of a stream with stream management switched on, else {@code null}. */
    static AckCounter of(XMPPIOService<?> stream) {
        Object counter = stream.getSessionData().get(KEY);
        if (counter == null) {
            return null;
        }
        if (!(counter instanceof AckCounter)) {
            counter = new AckCounter(); // nothing but the stanza that is being parsed can have been counted before
            stream.getSessionData().put(KEY, counter);
        }
        AckCounter ours = (AckCounter) counter;
        ours.on(stream);
        return ours;
    }

    private synchronized void on(XMPPIOService<?> current) {
        stream = current;
    }

    /** A stanza has been parsed. */
    synchronized void parsed(Packet stanza) {
        waiting.put(stanza, ++parsed);
        numbers.add(parsed);
        setCounter(reached()); // which Tigase reads by itself where a resumption comes with the login (SASL2)
    }

    /** A stanza has its verdict and has gone on, was bounced or dropped. */
    void done(Packet stanza) {
        XMPPIOService<?> to;
        int reached;
        synchronized (this) {
            Integer number = waiting.remove(stanza);
            if (number == null) {
                return;
            }
            numbers.remove(number);
            setCounter(reached());
            if (asked == 0 || reached() < asked) {
                return;
            }
            asked = 0;
            to = stream;
            reached = reached();
        }
        acknowledge(to, reached);
    }

    private static void acknowledge(XMPPIOService<?> stream, int reached) {
        try {
            stream.writeRawData("<a xmlns='" + StreamManagementIOProcessor.XMLNS + "' h='" + reached + "'/>");
        } catch (IOException e) {
            LOG.debug("an acknowledgement could not be written; the client learns it when it resumes", e);
        }
    }

    private int reached() {
        return numbers.isEmpty() ? parsed : numbers.first() - 1;
    }

    /** Tigase counts what it has parsed; that doesn't count here. */
    @Override
    public void inc() {
        // see parsed()
    }

    /** The number to acknowledge. */
    @Override
    public synchronized int get() {
        asked = waiting.isEmpty() ? 0 : parsed;
        return reached();
    }
}
