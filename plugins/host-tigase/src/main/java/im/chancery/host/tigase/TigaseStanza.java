package im.chancery.host.tigase;

import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.engine.edge.EdgeElement;
import im.chancery.engine.edge.EdgeStanza;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tigase.server.Iq;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.xml.Element;
import tigase.xmpp.StanzaType;
import tigase.xmpp.impl.C2SDeliveryErrorProcessor;
import tigase.xmpp.jid.JID;

/** A packet as the edge sees it. */
final class TigaseStanza implements EdgeStanza {
    private static final Map<String, StanzaKind> KINDS = Map.of("message", StanzaKind.MESSAGE, "presence", StanzaKind.PRESENCE, "iq", StanzaKind.IQ);
    private static final String CONDITIONS = "urn:ietf:params:xml:ns:xmpp-stanzas";
    private static final List<String> KEPT = List.of(Packet.FROM_ATT, Packet.TO_ATT, Packet.TYPE_ATT);
    private static final String STANZA_IDS = "urn:xmpp:sid:0";

    private final Packet packet;
    private final JID from;
    private final JID written;
    private final Way way;
    private String xml;

    /** Where a stanza goes when it is over. */
    interface Way {
        /** On its way inside the host. */
        void on(Packet packet);

        /** It ends with this answer, which the host sends to whomever that is addressed. Nobody waits for an answer to what the host has made. */
        default void answer(Packet packet, Packet answer) {
        }

        /** It is done, however else it ended. What the host has made is not acknowledged. */
        default void done(Packet packet) {
        }
    }

    /** {@code from} is the sender as the host knows it, whatever the stanza says. */
    TigaseStanza(Packet packet, JID from, Way way) {
        this(packet, from, from, way);
    }

    /** {@code from} is whose it is, {@code written} the sender that it is written under. */
    TigaseStanza(Packet packet, JID from, JID written, Way way) {
        this.packet = packet;
        this.from = from;
        this.written = written;
        this.way = way;
    }

    @Override
    public StanzaKind kind() {
        return kind(packet);
    }

    static StanzaKind kind(Packet packet) {
        return Objects.requireNonNull(KINDS.get(packet.getElemName()), "no stanza");
    }

    @Override
    public String type() {
        return type(packet);
    }

    static String type(Packet packet) {
        return attribute(packet.getElement(), Packet.TYPE_ATT);
    }

    @Override
    public String id() {
        return id(packet);
    }

    static String id(Packet packet) {
        return attribute(packet.getElement(), Packet.ID_ATT);
    }

    private static String attribute(Element element, String name) {
        return Objects.requireNonNullElse(element.getAttributeStaticStr(name), "");
    }

    @Override
    public String from() {
        return from.toString();
    }

    @Override
    public String to() {
        return isAddressed() ? packet.getStanzaTo().toString() : from.getBareJID().toString();
    }

    @Override
    public boolean isAddressed() {
        return packet.getStanzaTo() != null;
    }

    @Override
    public EdgeElement element() {
        return shown(packet.getElement(), Packet.CLIENT_XMLNS, 1);
    }

    /** The elements in an element as they are now. */
    static List<Element> children(Element element) {
        List<Element> children = element.getChildren();
        return children == null ? List.of() : List.copyOf(children);
    }

    @Override
    public String xml() {
        if (xml == null) {
            Element stamped = packet.getElement().clone();
            stamped.setAttribute(Packet.FROM_ATT, written.toString());
            if (isAddressed()) {
                stamped.setAttribute(Packet.TO_ATT, packet.getStanzaTo().toString()); // as Tigase has prepared it
            }
            xml = stamped.toString();
        }
        return xml;
    }

    @Override
    public int size() {
        return xml().length();
    }

    @Override
    public void strip(String id, Optional<EdgeElement> child) {
        Element element = packet.getElement();
        String namespace = element.getXMLNS();
        Map<String, String> kept = new HashMap<>();
        KEPT.forEach(name -> kept.put(name, element.getAttributeStaticStr(name)));
        element.setChildren(new ArrayList<>());
        element.setAttributes(new HashMap<>());
        set(element, Packet.XMLNS_ATT, namespace);
        kept.forEach((name, value) -> set(element, name, value));
        set(element, Packet.ID_ATT, id.isEmpty() ? null : id);
        child.ifPresent(of -> element.addChild(made(of, Objects.requireNonNullElse(namespace, Packet.CLIENT_XMLNS))));
        packet.initVars(packet.getStanzaFrom(), packet.getStanzaTo());
        xml = null;
    }

    private static void set(Element element, String attribute, String value) {
        if (value != null) {
            element.setAttribute(attribute, value);
        }
    }

    /** By plain loops, here and in what is made: Tigase's threads may have small stacks, and a stanza many levels. */
    private static EdgeElement shown(Element element, String around, int depth) {
        EdgeElement.refuseDeeper(depth);
        String namespace = Objects.requireNonNullElse(element.getXMLNS(), around);
        Map<String, String> attributes = new HashMap<>(Objects.requireNonNullElse(element.getAttributes(), Map.of()));
        attributes.remove(Packet.XMLNS_ATT);
        List<EdgeElement> inside = new ArrayList<>();
        for (Element child : children(element)) {
            inside.add(shown(child, namespace, depth + 1));
        }
        return new EdgeElement(element.getName(), namespace, attributes, inside, Objects.requireNonNullElse(element.getCData(), ""));
    }

    private static Element made(EdgeElement of, String around) {
        Element made = new Element(of.name());
        set(made, Packet.XMLNS_ATT, of.namespace().equals(around) ? null : of.namespace());
        of.attributes().forEach(made::setAttribute);
        if (!of.text().isEmpty()) {
            made.setCData(of.text());
        }
        for (EdgeElement child : of.children()) {
            made.addChild(made(child, of.namespace()));
        }
        return made;
    }

    /** Of ids that somebody on the way has given to a stanza, it says (XEP-0359, section 2.2). */
    @Override
    public void withoutIdsOf(Predicate<String> whose) {
        children(packet.getElement()).stream().filter(child -> child.getName().equals("stanza-id") && STANZA_IDS.equals(child.getXMLNS()) && child.getAttributeStaticStr("by") != null)
                .filter(id -> whose.test(id.getAttributeStaticStr("by"))).forEach(packet.getElement()::removeChild);
    }

    @Override
    public void withoutSubject(String field) {
        Element form = packet.getElement().findChild(new String[] {Iq.ELEM_NAME, "query", "x"});
        if (form != null) {
            children(form).stream().filter(child -> field.equals(child.getAttributeStaticStr("var"))).forEach(form::removeChild);
        } else {
            strip(id(), Optional.of(new EdgeElement("subject", Packet.CLIENT_XMLNS, Map.of(), List.of(), "")));
            packet.getElement().setAttribute(Packet.FROM_ATT, from.getBareJID().toString());
        }
    }

    @Override
    public void items(String list, UnaryOperator<Optional<String>> publisher) {
        children(packet.getElement()).stream().flatMap(x -> children(x).stream()).filter(found -> found.getName().equals(list)).forEach(items ->
                children(items).stream().filter(child -> child.getName().equals("item")).forEach(item -> publisher.apply(Optional.ofNullable(item.getAttributeStaticStr("publisher")))
                        .ifPresentOrElse(by -> set(item, "publisher", by.isEmpty() ? null : by), () -> items.removeChild(item))));
    }

    private static Element errorElement(String type, String condition) {
        Element error = new Element("error", new String[] {Packet.TYPE_ATT}, new String[] {type});
        error.addChild(new Element(condition, new String[] {Packet.XMLNS_ATT}, new String[] {CONDITIONS}));
        return error;
    }

    /** Only Tigase itself may say that it could not deliver: such a mark switches off checks. */
    static void withoutDeliveryError(Packet packet) {
        while (C2SDeliveryErrorProcessor.isDeliveryError(packet)) {
            C2SDeliveryErrorProcessor.filterErrorElement(packet.getElement());
        }
    }

    @Override
    public void handOn() {
        try {
            way.on(packet);
        } finally {
            way.done(packet); // not before: what is acknowledged and then lost would never be sent again
        }
    }

    @Override
    public void bounce(StanzaError error) {
        Packet answer = packet.errorResult(error.type().token(), null, error.condition().token(), error.text(), false);
        answer.initVars(packet.getStanzaTo(), from);
        way.answer(packet, answer);
    }

    @Override
    public void answerWith(StanzaError.Condition condition) {
        Element answer = new Element(Iq.ELEM_NAME, new String[] {Packet.XMLNS_ATT, Packet.TYPE_ATT, Packet.ID_ATT, Packet.FROM_ATT, Packet.TO_ATT},
                new String[] {Packet.CLIENT_XMLNS, StanzaType.error.toString(), id(), from(), to()});
        answer.addChild(errorElement(StanzaError.Type.CANCEL.token(), condition.token()));
        way.answer(packet, Packet.packetInstance(answer, from, packet.getStanzaTo()));
    }

    @Override
    public void discard() {
        way.done(packet);
    }
}
