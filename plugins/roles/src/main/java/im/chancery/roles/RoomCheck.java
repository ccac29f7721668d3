package im.chancery.roles;

import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import im.chancery.roles.RuleIndex.Placed;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jxmpp.jid.BareJid;

/**
 * What the rules say of a stanza to a room or to one of its occupants. Immutable.
 *
 * <p>What is said in a room reaches everybody in it, so a room may not straddle a wall: whoever enters or speaks must be
 * able to reach each occupant and be reached by each, with messages and presence, whatever kind of stanza it is this
 * time. If a new config splits a room, its occupants are heard again once one side has left, or has been removed by a
 * moderator, who can't say why.
 *
 * <p>A refusal on account of an occupant names the rule and neither the occupant nor their number; where the rule is
 * about single addresses its reason isn't told either, because it would say who sits in the room.
 */
final class RoomCheck {
    private static final String MUC_USER = "http://jabber.org/protocol/muc#user";

    /** Hosts write attributes in one kind of quotes or the other, and in any order. */
    private static final Pattern WORDLESS_KICK = Pattern.compile("<iq [^<>]*><query xmlns=(?:'URI'|\"URI\")><item (?:NICK ROLE|ROLE NICK)/></query></iq>"
            .replace("URI", "http://jabber.org/protocol/muc#admin").replace("NICK", "nick=(?:'[^<>']+'|\"[^<>\"]+\")").replace("ROLE", "role=(?:'none'|\"none\")"));

    private final RuleIndex index;
    private final PairCheck pairs;

    RoomCheck(RuleIndex index) {
        this.index = index;
        this.pairs = new PairCheck(index);
    }

    /** Notes every rule that decides the exchange, whose place is a room; at least one. */
    void check(Exchange exchange, Findings findings) {
        RoomSnapshot snapshot = exchange.room().orElseThrow();
        Placed from = index.resolve(exchange.from().asBareJid());
        Placed room = index.resolve(snapshot.room());
        if (room.subject().standing() != Standing.ROOM || !exchange.to().asBareJid().equals(snapshot.room())) {
            findings.note(Builtin.UNKNOWN_ROOM);
            return;
        }
        boolean readable = exchange.content().isReadable();
        pairs.check(from, room, exchange.kind(), readable, findings);
        if (exchange.place() == Place.ROOM_PRIVATE && exchange.recipient().isEmpty()) {
            findings.note(Builtin.UNKNOWN_OCCUPANT);
        }
        if (exchange.recipient().isEmpty() && isForSomebodyElse(exchange)) {
            findings.note(Builtin.UNKNOWN_INVITED);
        }
        List<Placed> authors = exchange.content().authors().stream().map(index::resolve).toList();
        // Whom a private message is for, or whom an invitation by way of the room invites (XEP-0045, sections 7.5 and 7.8.2).
        exchange.recipient().map(index::resolve).ifPresent(to -> {
            pairs.check(from, to, exchange.kind(), readable, findings);
            authors(authors, to, findings);
        });
        if (isWordlessKick(exchange)) {
            findings.note(Builtin.KICK);
        } else if (!findings.refused()) {
            findings.onAccountOfAnOccupant(exchange.isJoin() ? "You can't enter this room now" : "This room can't hear you now");
            occupants(exchange, from, room, authors, findings);
        }
    }

    /**
     * Whether the room passes the message on to somebody who need not be in it: an invitation or its decline
     * (XEP-0045, sections 7.8.2 and 7.8.3). A host that doesn't say whom, is not believed that it is nobody.
     */
    private static boolean isForSomebodyElse(Exchange exchange) {
        return exchange.kind() == StanzaKind.MESSAGE && !exchange.type().equals("groupchat") && exchange.place() == Place.ROOM
                && exchange.stanza().contains(MUC_USER);
    }

    /**
     * Whether an occupant asks the room to remove somebody (XEP-0045, section 8.2) in exactly the form that hands no word of theirs to
     * anybody: no reason, and nothing that the room keeps, as it would keep a banned address. Whether they are a moderator is for the room to say.
     */
    private static boolean isWordlessKick(Exchange exchange) {
        return exchange.kind() == StanzaKind.IQ && exchange.type().equals("set") && exchange.place() == Place.ROOM
                && exchange.room().orElseThrow().occupants().contains(exchange.from().asBareJid())
                && WORDLESS_KICK.matcher(exchange.stanza()).matches();
    }

    private void occupants(Exchange exchange, Placed from, Placed room, List<Placed> authors, Findings findings) {
        Set<StanzaKind> kinds = EnumSet.of(StanzaKind.MESSAGE, StanzaKind.PRESENCE, exchange.kind());
        boolean readable = exchange.content().isReadable();
        for (BareJid address : exchange.room().orElseThrow().occupants()) {
            Placed occupant = index.resolve(address);
            for (StanzaKind kind : kinds) {
                pairs.check(from, occupant, kind, readable, findings);
                pairs.check(occupant, from, kind, readable, findings);
                // Somebody whom a new config no longer admits would still hear what is said.
                pairs.check(occupant, room, kind, readable, findings);
            }
            authors(authors, occupant, findings);
        }
    }

    /** Nothing of its author reaches whom the author may not reach, whoever passes it on. */
    private void authors(List<Placed> authors, Placed to, Findings findings) {
        authors.forEach(author -> pairs.check(author, to, StanzaKind.MESSAGE, true, findings));
    }
}
