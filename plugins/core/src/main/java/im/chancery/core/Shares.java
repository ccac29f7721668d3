package im.chancery.core;

import java.util.HashMap;
import java.util.Map;

/**
 * Who takes how much of a bounded room, so that no flood takes the room of others. An origin is a domain, this server's own or another's; each has flows,
 * such as streams or senders. More of a flow fits while the flow and its origin together have no more than three times what is left of the room; the first of
 * a flow, while its origin has no more than seven times of it.
 *
 * <p>So the more there are who want more than they get, the less each of them has, and some is left for who has nothing yet (dynamic
 * thresholds: Choudhury and Hahne, IEEE/ACM Transactions on Networking 6, 1998). One origin alone, of however many flows, gets three quarters at most,
 * a single flow three fifths; two origins get three sevenths each. Between three quarters and seven eighths is room for those of a flooding origin who have
 * nothing in it, which lasts as long as they are fewer than what fits there. Nobody is configured, counted or known in advance.
 *
 * <p>The caller counts for each flow. Not safe for many threads.
 */
public final class Shares {
    private static final int TIMES_WHAT_IS_LEFT = 3;
    private static final int TIMES_FOR_THE_FIRST = 7;

    private final long limit;
    private final Map<String, Long> byOrigin = new HashMap<>();
    private long inAll;

    /** @param limit how much there is room for, in whatever unit the sizes are */
    public Shares(long limit) {
        this.limit = limit;
    }

    /**
     * Whether so much more fits.
     *
     * @param ofFlow what the flow has already
     */
    public boolean fits(String origin, long ofFlow, long size) {
        int times = ofFlow == 0 ? TIMES_FOR_THE_FIRST : TIMES_WHAT_IS_LEFT;
        return inAll + size <= limit && byOrigin.getOrDefault(origin, 0L) + ofFlow <= times * (limit - inAll);
    }

    /** Takes it, whether it fits or not. */
    public void add(String origin, long size) {
        byOrigin.merge(origin, size, Long::sum);
        inAll += size;
    }

    /** Gives back what was taken. */
    public void remove(String origin, long size) {
        byOrigin.computeIfPresent(origin, (o, taken) -> taken == size ? null : Long.valueOf(taken - size));
        inAll -= size;
    }

    /** What is taken in all. */
    public long inAll() {
        return inAll;
    }

    /** How many origins have something. */
    public int origins() {
        return byOrigin.size();
    }
}
