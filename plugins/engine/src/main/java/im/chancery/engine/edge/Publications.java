package im.chancery.engine.edge;

import im.chancery.core.StanzaKind;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Who may read what people have published by way of a PubSub service of this server (XEP-0060): whom its publisher may reach. Each item is given its publisher's
 * address (section 7.1.2) on its way to the service, whatever it says of that, and keeps it there; an item without is for nobody. What else a service tells of a
 * node (an item that is gone, the end of a node) is for whom all those may reach who are known to have done something with it. Safe for many threads; waits where
 * extensions are asked.
 */
final class Publications {
    private static final String PUBSUB = "http://jabber.org/protocol/pubsub";
    private static final String EVENT = PUBSUB + "#event";
    /** What is done with a node that others are told of; whoever subscribes has said nothing. */
    private static final Set<String> TOLD = Set.of("create", "configure", "publish", "retract", "purge", "delete");
    private static final int NODES = 10_000;
    /** More people than that of one node aren't kept apart; what isn't an item of theirs is for nobody then. */
    private static final int PEOPLE = 1_000;

    private final EdgeHost host;
    private final Questions questions;
    /** The nodes that something was done with last, with those who have done it, the newest at the end. */
    private final Map<Node, Set<BareJid>> people = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Node, Set<BareJid>> eldest) {
            return size() > NODES;
        }
    };

    private record Node(DomainBareJid service, String name) {
    }

    Publications(EdgeHost host, Questions questions) {
        this.host = host;
        this.questions = questions;
    }

    /** A stanza goes on. */
    void goesOn(Held held) {
        EdgeStanza stanza = held.stanza();
        if (stanza.kind() != StanzaKind.IQ || !stanza.type().equals("set") || !isService(held.to())) {
            return; // else a service may find a publication in it, whatever is beside that
        }
        BareJid person = held.from().asBareJid();
        stanza.items(publisher -> Optional.of(person.toString()));
        stanza.element().children().stream().flatMap(pubsub -> pubsub.children().stream()).filter(act -> TOLD.contains(act.name())).flatMap(Publications::node)
                .forEach(node -> hasDone(new Node(held.to().asDomainBareJid(), node), person));
    }

    private void hasDone(Node node, BareJid person) {
        synchronized (people) {
            Set<BareJid> known = people.computeIfAbsent(node, n -> new LinkedHashSet<>());
            known.remove(person);
            if (known.size() <= PEOPLE) {
                known.add(person);
            }
        }
    }

    /** In whose name an event of a service is asked about that goes to a subscriber; empty where it goes to nobody. */
    Optional<BareJid> publisher(EdgeStanza event) {
        try {
            Jid from = JidCreate.from(event.from());
            if (!isService(from)) {
                return Optional.empty();
            }
            BareJid reader = JidCreate.from(event.to()).asBareJid();
            List<EdgeElement> told = event.element().children().stream().filter(child -> child.namespace().equals(EVENT)).flatMap(child -> child.children().stream()).toList();
            List<EdgeElement> items = told.stream().flatMap(Publications::items).toList();
            Set<BareJid> publishers = new LinkedHashSet<>();
            for (EdgeElement item : items) {
                publishers.add(publisher(item).orElse(null));
            }
            if (items.isEmpty()) {
                told.stream().flatMap(Publications::node).forEach(node -> publishers.addAll(known(new Node(from.asDomainBareJid(), node))));
            }
            BareJid last = publishers.stream().reduce(null, (earlier, next) -> next); // who is asked about
            publishers.remove(last);
            return publishers.stream().allMatch(other -> mayRead(other, reader)) ? Optional.ofNullable(last) : Optional.empty();
        } catch (XmppStringprepException e) {
            return Optional.empty();
        }
    }

    /** Whether what one of this server's services sends to somebody goes on; the items that aren't for them are taken out of a result, and a kept event that isn't ends here. */
    boolean goesOn(EdgeStanza stanza) {
        try {
            Jid from = JidCreate.from(stanza.from());
            if (!isService(from)) {
                return true;
            }
            BareJid reader = JidCreate.from(stanza.to()).asBareJid();
            if (stanza.kind() == StanzaKind.IQ && stanza.type().equals("result") && stanza.payloadNamespace().equals(PUBSUB)) {
                Map<String, Boolean> mayRead = new HashMap<>();
                stanza.items(publisher -> publisher.filter(address -> mayRead.computeIfAbsent(address, a -> mayRead(person(a).orElse(null), reader))));
            }
            return stanza.kind() != StanzaKind.MESSAGE || kept(stanza.element()).allMatch(event -> event.children().stream().flatMap(Publications::items)
                    .allMatch(item -> mayRead(publisher(item).orElse(null), reader)));
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    /** The events in an answer of an archive (XEP-0313). One that is sent now is no deeper than the message itself, and is asked about. */
    private static Stream<EdgeElement> kept(EdgeElement message) {
        return message.children().stream().flatMap(child -> child.children().stream()).flatMap(Publications::eventsIn);
    }

    private static Stream<EdgeElement> eventsIn(EdgeElement element) {
        Stream<EdgeElement> below = element.children().stream().flatMap(Publications::eventsIn);
        return element.name().equals("event") && element.namespace().equals(EVENT) ? Stream.concat(Stream.of(element), below) : below;
    }

    private boolean isService(Jid address) {
        return address.getLocalpartOrNull() == null && host.isComponent(address.getDomain().toString()) && !host.isRoomService(address.getDomain().toString());
    }

    private static Stream<EdgeElement> items(EdgeElement of) {
        return of.children().stream().filter(child -> child.name().equals("item"));
    }

    private static Stream<String> node(EdgeElement of) {
        return Stream.ofNullable(of.attributes().get("node"));
    }

    private static Optional<BareJid> publisher(EdgeElement item) {
        return Optional.ofNullable(item.attributes().get("publisher")).flatMap(Publications::person);
    }

    private static Optional<BareJid> person(String address) {
        return Optional.ofNullable(JidCreate.bareFromOrNull(address));
    }

    private Set<BareJid> known(Node node) {
        synchronized (people) {
            Set<BareJid> known = people.getOrDefault(node, Set.of());
            return known.size() > PEOPLE ? Set.of() : new LinkedHashSet<>(known);
        }
    }

    private boolean mayRead(BareJid publisher, BareJid reader) {
        return publisher != null && (publisher.equals(reader) || questions.isAllowedNow(questions.aboutWords(publisher, reader)));
    }
}
