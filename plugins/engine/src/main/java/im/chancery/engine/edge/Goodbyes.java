package im.chancery.engine.edge;

import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.engine.Unquoted;
import java.util.concurrent.Callable;
import org.jxmpp.jid.Jid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goodbyes: unavailable presence that leaves a room. It is never held ({@link Doors}), so the gate is told of it: it goes on, whatever
 * the verdict is, and the record says so. Each leaving is told once, by whichever way it is seen first. Safe for many threads.
 */
final class Goodbyes {
    private static final Logger LOG = LoggerFactory.getLogger(Goodbyes.class);

    private final Gate gate;
    private final EdgeHost host;
    private final Rooms rooms;
    private final Questions questions;
    private final Entered entered = new Entered();

    Goodbyes(Gate gate, EdgeHost host, Rooms rooms, Questions questions) {
        this.gate = gate;
        this.host = host;
        this.rooms = rooms;
        this.questions = questions;
    }

    /** A goodbye to a room goes on. */
    void goesOn(EdgeStanza goodbye, Jid from, Jid to) {
        // what Tigase sends to rooms as a session ends comes by here as well, when that has been told
        if (entered.leaves(from, to)) {
            tell(() -> questions.about(goodbye, from, to, rooms.locate(goodbye, to)));
        }
    }

    /** Somebody's join goes on. */
    void enters(Held join) {
        entered.enters(join.from(), join.to());
    }

    /** A client's session has ended, and the host leaves its rooms in its name. */
    void left(Jid client) {
        entered.ends(client).forEach(occupant -> tellLeft(client, occupant));
    }

    /** A room says that somebody is not in it, under that nickname: it has refused the join, or they have left. */
    void isOutside(Jid client, Jid occupant, boolean isError) {
        if (isError && host.realAddress(occupant).filter(client.asBareJid()::equals).isPresent()) {
            return; // a Tigase sends an error after some joins that it has let in: they are there all the same
        }
        boolean wasThere = entered.leaves(client, occupant);
        if (isError) {
            rooms.refused(client.asBareJid(), occupant.asBareJid());
        } else if (wasThere && !entered.isIn(client, occupant.asBareJid())) {
            tellLeft(client, occupant); // it has not said so itself: removed, or its session ends
        }
    }

    private void tellLeft(Jid from, Jid occupant) {
        tell(() -> questions.aboutLeaving(from, occupant, rooms.of(occupant.asBareJid())));
    }

    private void tell(Callable<Exchange> goodbye) {
        try {
            gate.submit(goodbye.call()).thenAccept(verdict -> gate.outcome(verdict.attempt(), Outcome.HANDED_ON)).exceptionally(failure -> {
                LOG.warn("a goodbye went on, which could not be recorded", Unquoted.of(failure, LOG));
                return null;
            });
        } catch (Exception e) {
            LOG.warn("a goodbye went on, which could not be recorded", Unquoted.of(e, LOG));
        }
    }
}
