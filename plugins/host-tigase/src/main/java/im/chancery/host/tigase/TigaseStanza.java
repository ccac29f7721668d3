package im.chancery.host.tigase;

import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.engine.edge.EdgeStanza;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import tigase.server.Iq;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.xml.Element;
import tigase.xmpp.StanzaType;
import tigase.xmpp.impl.C2SDeliveryErrorProcessor;
import tigase.xmpp.jid.JID;

/** A packet as the edge sees it. */
final class TigaseStanza implements EdgeStanza {
    private static final String CONDITIONS = "urn:ietf:params:xml:ns:xmpp-stanzas";
    private static final String STANZA_IDS = "urn:xmpp:sid:0";
    private static final String MUC_USER = "http://jabber.org/protocol/muc#user";

    private final Packet packet;
    private final JID from;
    private final Way way;
    private String xml;

    /** Where a stanza goes when it is over. */
    interface Way {
        /** On its way inside the host. */
        void on(Packet packet);

        /** A stanza that the host sends, to whomever it is addressed. */
        void send(Packet packet);

        /** It is done, however it ended. */
        void done(Packet packet);
    }

    /** {@code from} is the sender as the host knows it, whatever the stanza says. */
    TigaseStanza(Packet packet, JID from, Way way) {
        this.packet = packet;
        this.from = from;
        this.way = way;
    }

    @Override
    public StanzaKind kind() {
        return kind(packet);
    }

    static StanzaKind kind(Packet packet) {
        return StanzaKind.valueOf(packet.getElemName().toUpperCase(Locale.ROOT));
    }

    @Override
    public String type() {
        return type(packet);
    }

    static String type(Packet packet) {
        String type = packet.getElement().getAttributeStaticStr(Packet.TYPE_ATT);
        return type == null ? "" : type;
    }

    @Override
    public String id() {
        return id(packet);
    }

    static String id(Packet packet) {
        String id = packet.getElement().getAttributeStaticStr(Packet.ID_ATT);
        return id == null ? "" : id;
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
    public String payloadNamespace() {
        List<Element> children = packet.getElement().getChildren();
        if (children == null || children.size() != 1) {
            return "";
        }
        String namespace = children.get(0).getXMLNS();
        return namespace == null ? Packet.CLIENT_XMLNS : namespace;
    }

    @Override
    public List<String> invited() {
        List<Element> children = packet.getElement().getChildren();
        if (kind() != StanzaKind.MESSAGE || children == null) {
            return List.of();
        }
        List<String> addresses = new ArrayList<>();
        for (Element x : children) {
            if (x.getName().equals("x") && MUC_USER.equals(x.getXMLNS()) && x.getChildren() != null) {
                x.getChildren().stream().filter(child -> child.getName().equals("invite") || child.getName().equals("decline"))
                        .map(child -> child.getAttributeStaticStr(Packet.TO_ATT)).forEach(to -> addresses.add(String.valueOf(to)));
            }
        }
        return addresses;
    }

    @Override
    public String xml() {
        if (xml == null) {
            Element stamped = packet.getElement().clone();
            stamped.setAttribute(Packet.FROM_ATT, from.toString());
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
    public void strip(boolean keepId) {
        Element element = packet.getElement();
        String id = keepId ? element.getAttributeStaticStr(Packet.ID_ATT) : null;
        String type = element.getAttributeStaticStr(Packet.TYPE_ATT);
        String to = element.getAttributeStaticStr(Packet.TO_ATT);
        String sender = element.getAttributeStaticStr(Packet.FROM_ATT);
        String namespace = element.getXMLNS();
        element.setChildren(new ArrayList<>());
        element.setAttributes(new HashMap<>());
        set(element, Packet.XMLNS_ATT, namespace);
        set(element, Packet.FROM_ATT, sender);
        set(element, Packet.TO_ATT, to);
        set(element, Packet.TYPE_ATT, type);
        set(element, Packet.ID_ATT, id);
        packet.initVars(packet.getStanzaFrom(), packet.getStanzaTo());
        xml = null;
    }

    private static void set(Element element, String attribute, String value) {
        if (value != null) {
            element.setAttribute(attribute, value);
        }
    }

    @Override
    public void withoutIdsOf(Predicate<String> whose) {
        List<Element> children = packet.getElement().getChildren();
        if (children == null) {
            return;
        }
        for (Element child : List.copyOf(children)) {
            String by = isStanzaId(child) ? child.getAttributeStaticStr("by") : null;
            if (by != null && whose.test(by)) {
                packet.getElement().removeChild(child);
            }
        }
    }

    /** An id that somebody on the way has given to a stanza (XEP-0359, section 2.2). */
    static boolean isStanzaId(Element child) {
        return child.getName().equals("stanza-id") && STANZA_IDS.equals(child.getXMLNS());
    }

    @Override
    public String errorType() {
        Element error = packet.getElement().getChild("error");
        String type = error == null ? null : error.getAttributeStaticStr(Packet.TYPE_ATT);
        return type == null ? "" : type;
    }

    @Override
    public String errorCondition() {
        String condition = packet.getErrorCondition();
        return condition == null ? "" : condition;
    }

    @Override
    public void cutDownTo(String errorType, String errorCondition) {
        strip(true);
        packet.getElement().addChild(errorElement(errorType, errorCondition));
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
        way.send(answer);
        way.done(packet);
    }

    @Override
    public void answerWith(StanzaError.Condition condition) {
        Element answer = new Element(Iq.ELEM_NAME, new String[] {Packet.XMLNS_ATT, Packet.TYPE_ATT, Packet.ID_ATT},
                new String[] {Packet.CLIENT_XMLNS, StanzaType.error.toString(), id()});
        answer.addChild(errorElement(StanzaError.Type.CANCEL.token(), condition.token()));
        answer.setAttribute(Packet.FROM_ATT, from());
        answer.setAttribute(Packet.TO_ATT, to());
        way.send(Packet.packetInstance(answer, from, packet.getStanzaTo()));
        way.done(packet);
    }

    @Override
    public void discard() {
        way.done(packet);
    }
}
