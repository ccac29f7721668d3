package im.chancery.engine.edge;

import im.chancery.core.Decision;
import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import im.chancery.engine.Unquoted;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the edge asks the gate. Safe for many threads. */
final class Questions {
    private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

    private final Gate gate;
    private final EdgeHost host;
    private final Duration deadline;

    Questions(Gate gate, EdgeHost host, Duration deadline) {
        this.gate = gate;
        this.host = host;
        this.deadline = deadline;
    }

    /** The question about a stanza. */
    Exchange about(EdgeStanza stanza, Jid from, Jid to, Rooms.Located located) {
        Jid whom = host.isService(to) ? to.asDomainBareJid() : to; // a service is known to policies by its domain
        return new Exchange(from, whom, located.recipient(), stanza.kind(), stanza.type(), direction(from, to), located.place(), located.room(), stanza.xml());
    }

    /** The question about what nobody has sent: that somebody is no longer in a room. */
    Exchange aboutLeaving(Jid from, Jid occupant, Optional<RoomSnapshot> room) {
        return new Exchange(from, occupant, Optional.empty(), StanzaKind.PRESENCE, "unavailable", direction(from, occupant), Place.ROOM, room,
                Entered.goodbye(from, occupant));
    }

    /** The question whether an author's words may come to a reader, for no words in particular. */
    Exchange aboutWords(BareJid author, BareJid reader) {
        return new Exchange(author, reader, Optional.empty(), StanzaKind.MESSAGE, "", direction(author, reader), Place.DIRECT, Optional.empty(),
                "<message from='" + Entered.escaped(author) + "' to='" + Entered.escaped(reader) + "'/>");
    }

    private Direction direction(Jid from, Jid to) {
        return !host.serves(from.getDomain().toString()) ? Direction.INBOUND : !host.serves(to.getDomain().toString()) ? Direction.OUTBOUND : Direction.LOCAL;
    }

    /** Whether something is allowed by the rules in force, without a record; {@code false} where that can't be told. Waits for extensions, for the deadline at most. */
    boolean isAllowedNow(Exchange exchange) {
        try {
            return gate.recheck(exchange).toCompletableFuture().get(deadline.toMillis(), TimeUnit.MILLISECONDS).allowed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.error("presence or a room's history could not be decided on, so it isn't shown", Unquoted.of(e, LOG));
            return false;
        }
    }

    /** Those of some people whose words may come to a reader by the rules in force, without a record. Waits for extensions, for the deadline at most for all of them together. */
    Set<BareJid> areAllowedNow(Collection<BareJid> authors, BareJid reader) {
        Map<BareJid, CompletionStage<Decision>> answers = new LinkedHashMap<>();
        Set<BareJid> allowed = new HashSet<>();
        try {
            authors.forEach(author -> answers.put(author, gate.recheck(aboutWords(author, reader))));
            long end = System.nanoTime() + deadline.toNanos();
            for (Map.Entry<BareJid, CompletionStage<Decision>> answer : answers.entrySet()) {
                if (answer.getValue().toCompletableFuture().get(end - System.nanoTime(), TimeUnit.NANOSECONDS).allowed()) {
                    allowed.add(answer.getKey());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.error("what people have published could not be decided on, so it isn't shown", Unquoted.of(e, LOG));
        }
        return allowed;
    }
}
