package im.chancery.engine.edge;

import im.chancery.core.StanzaKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Who may read what people have published by way of this server (XEP-0060, XEP-0163): whom its publisher may reach. Each item for a node of somebody else's is given its
 * publisher's address (section 7.1.2) on its way, whatever it says of that, and keeps it there; an item of a service's without is for nobody, one of a person's without is
 * that person's. What else a service tells of a node (that an item is gone, or who may do what) is for whom all those may reach who have done something with it. Safe
 * for many threads; waits where extensions are asked.
 */
final class Publications {
    private static final String PUBSUB = "http://jabber.org/protocol/pubsub";
    private static final String EVENT = PUBSUB + "#event";
    private static final String FORM = "jabber:x:data";
    /** What others may read of later; who subscribes has said nothing. */
    private static final Set<String> WORDS = Set.of("create", "configure", "publish", "retract", "purge", "delete", "affiliations", "subscriptions");

    private final EdgeHost host;
    private final Questions questions;
    private final Nodes nodes;

    /**
     * What becomes of what the host is about to send.
     *
     * @param goesOn whether it goes on as it is
     * @param asked  in whose name it is asked about, else
     */
    record Told(boolean goesOn, Optional<BareJid> asked) {
        private static final Told GOES_ON = new Told(true, Optional.empty());
        private static final Told NOBODY = new Told(false, Optional.empty());
    }

    Publications(EdgeHost host, Questions questions, LongSupplier nanoTime) {
        this.host = host;
        this.questions = questions;
        this.nodes = new Nodes(nanoTime);
    }

    /** A stanza goes on. A service may find a publication in it, whatever is beside that. */
    void goesOn(Held held) {
        EdgeStanza stanza = held.stanza();
        if (stanza.kind() != StanzaKind.IQ || !stanza.type().equals("set") || !keepsNodes(held.to()) || held.to().asBareJid().equals(held.from().asBareJid())) {
            return;
        }
        stanza.items("publish", publisher -> Optional.of(held.from().asBareJid().toString()));
        if (isService(held.to())) {
            stanza.element().children().stream().filter(child -> child.namespace().startsWith(PUBSUB)).flatMap(pubsub -> pubsub.children().stream())
                    .filter(act -> act.attributes().containsKey("node")).findFirst()
                    .ifPresent(act -> nodes.asks(held.from(), held.to(), stanza.id(), act.attributes().get("node"), WORDS.contains(act.name())));
        }
    }

    /** What becomes of what the host is about to send to somebody. Items that aren't for them are taken out of a result. */
    Told told(EdgeStanza stanza) {
        try {
            Jid from = JidCreate.from(stanza.from());
            Jid to = JidCreate.from(stanza.to());
            if (stanza.kind() == StanzaKind.IQ) {
                answers(stanza, from, to);
                return Told.GOES_ON;
            }
            return stanza.kind() == StanzaKind.MESSAGE && !stanza.type().equals("error") ? told(stanza.element(), from, to.asBareJid()) : Told.GOES_ON;
        } catch (XmppStringprepException e) {
            return tellsOfNodes(stanza.element()) ? Told.NOBODY : Told.GOES_ON;
        }
    }

    private void answers(EdgeStanza stanza, Jid from, Jid to) {
        if (isService(from)) {
            nodes.answered(to, from, stanza.id(), stanza.type().equals("result"));
        }
        if (!stanza.type().equals("result") || !keepsNodes(from) || !stanza.payloadNamespace().equals(PUBSUB) || from.asBareJid().equals(to.asBareJid())) {
            return;
        }
        Optional<BareJid> owner = isService(from) ? Optional.empty() : Optional.of(from.asBareJid());
        Map<String, BareJid> publishers = new HashMap<>();
        stanza.items("items", publisher -> {
            publisher.ifPresent(address -> person(address).ifPresent(person -> publishers.put(address, person)));
            return publisher.or(() -> Optional.of(""));
        });
        Set<BareJid> others = new LinkedHashSet<>(publishers.values());
        owner.ifPresent(others::remove);
        Set<BareJid> mayTell = mayTell(others, to.asBareJid());
        owner.ifPresent(mayTell::add);
        stanza.items("items", publisher -> publisher.isPresent() ? publisher.filter(address -> mayTell.contains(publishers.get(address))) : owner.map(person -> ""));
    }

    private Told told(EdgeElement message, Jid from, BareJid reader) {
        boolean isOwn = from.asBareJid().equals(reader);
        if ((isOwn || isService(from)) && !forwarded(message).stream().allMatch(kept -> isFor(reader, kept))) {
            return Told.NOBODY;
        }
        if (isOwn || !tellsOfNodes(message)) {
            return Told.GOES_ON;
        }
        if (!isService(from)) {
            return keepsNodes(from) ? new Told(false, Optional.of(from.asBareJid())) : Told.GOES_ON; // others are judged by the item's publisher
        }
        List<BareJid> tellers = tellers(message, from);
        if (tellers.isEmpty() || tellers.contains(null)) {
            return Told.NOBODY;
        }
        tellers.removeIf(reader::equals);
        if (tellers.isEmpty()) {
            return Told.GOES_ON;
        }
        BareJid asked = tellers.remove(0);
        return mayTell(tellers, reader).containsAll(tellers) ? new Told(false, Optional.of(asked)) : Told.NOBODY;
    }

    /** Whose words a service's message is: of the items their publishers, each once, {@code null} where one isn't known; else who has done something with the node, the last one first. */
    private List<BareJid> tellers(EdgeElement message, Jid service) {
        Set<BareJid> tellers = new LinkedHashSet<>();
        List<EdgeElement> items = items(message).toList();
        items.forEach(item -> tellers.add(publisher(item).orElse(null)));
        if (items.isEmpty()) {
            field(message, "pubsub#subscriber_jid").flatMap(Publications::person).ifPresent(tellers::add);
            Stream<EdgeElement> told = told(message).flatMap(child -> Stream.concat(Stream.of(child), child.children().stream()));
            Stream.concat(told.flatMap(child -> Stream.ofNullable(child.attributes().get("node"))), field(message, "pubsub#node").stream()).limit(1)
                    .forEach(node -> nodes.told(service, node).ifPresentOrElse(doing -> {
                        tellers.add(doing.actor());
                        tellers.addAll(doing.people());
                    }, () -> tellers.add(null)));
        }
        return new ArrayList<>(tellers);
    }

    /** Whether a message that is kept, or sent to another client of the reader's, may be read by them. */
    private boolean isFor(BareJid reader, EdgeElement kept) {
        if (!tellsOfNodes(kept)) {
            return true;
        }
        Jid from = JidCreate.fromOrNull(kept.attributes().getOrDefault("from", ""));
        if (from == null) {
            return false;
        }
        List<BareJid> tellers = isService(from) ? tellers(kept, from) : new ArrayList<>(List.of(from.asBareJid()));
        if (!isService(from)) {
            items(kept).flatMap(item -> publisher(item).stream()).forEach(tellers::add);
        }
        return !tellers.isEmpty() && !tellers.contains(null) && mayTell(tellers, reader).containsAll(tellers);
    }

    /** The messages in a carbon copy (XEP-0280) or an archive's answer (XEP-0313). */
    private static List<EdgeElement> forwarded(EdgeElement in) {
        List<EdgeElement> found = new ArrayList<>();
        for (EdgeElement child : in.children()) { // no stream in a stream: it may be deep, and a host's stacks small
            found.addAll(child.name().equals("forwarded") ? child.children().stream().filter(message -> message.name().equals("message")).toList() : forwarded(child));
        }
        return found;
    }

    private static Stream<EdgeElement> told(EdgeElement message) {
        return message.children().stream().filter(child -> child.namespace().startsWith(PUBSUB)).flatMap(child -> child.children().stream());
    }

    private static boolean tellsOfNodes(EdgeElement message) {
        return message.children().stream().anyMatch(child -> child.namespace().startsWith(PUBSUB)) || field(message, "FORM_TYPE").filter(type -> type.startsWith(PUBSUB)).isPresent();
    }

    private static Stream<EdgeElement> items(EdgeElement message) {
        return message.children().stream().filter(child -> child.namespace().equals(EVENT)).flatMap(event -> event.children().stream())
                .flatMap(items -> items.children().stream()).filter(item -> item.name().equals("item"));
    }

    private static Optional<String> field(EdgeElement message, String name) {
        return message.child("x", FORM).stream().flatMap(form -> form.children().stream()).filter(field -> name.equals(field.attributes().get("var")))
                .flatMap(field -> field.children().stream()).filter(value -> value.name().equals("value")).map(EdgeElement::text).findFirst();
    }

    /** A component, under whatever address it is written to. */
    private boolean isService(Jid address) {
        String domain = address.getDomain().toString();
        return host.isComponent(domain) && !host.isRoomService(domain) || host.isService(address);
    }

    /** A component, or a person of this server's, who has nodes of their own. */
    private boolean keepsNodes(Jid address) {
        String domain = address.getDomain().toString();
        return isService(address) || address.getLocalpartOrNull() != null && host.serves(domain) && !host.isRoomService(domain);
    }

    private static Optional<BareJid> publisher(EdgeElement item) {
        return Optional.ofNullable(item.attributes().get("publisher")).flatMap(Publications::person);
    }

    private static Optional<BareJid> person(String address) {
        return Optional.ofNullable(JidCreate.bareFromOrNull(address));
    }

    /** Those of them whose words may come to a reader: their own always. */
    private Set<BareJid> mayTell(Iterable<BareJid> people, BareJid reader) {
        List<BareJid> asked = new ArrayList<>();
        people.forEach(asked::add);
        Set<BareJid> may = questions.areAllowedNow(asked.stream().filter(person -> !person.equals(reader)).toList(), reader);
        may.add(reader);
        return may;
    }
}
