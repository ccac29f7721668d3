package im.chancery.host.tigase;

import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.engine.edge.EdgeStanza;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tigase.server.Command;
import tigase.server.Iq;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.server.Presence;
import tigase.xml.Element;
import tigase.xmpp.StanzaType;
import tigase.xmpp.jid.JID;

/** A packet as the edge sees it. */
final class TigaseStanza implements EdgeStanza {
    private static final String CONDITIONS = "urn:ietf:params:xml:ns:xmpp-stanzas";
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

    /** Whether a packet is a stanza of RFC 6120, and no command of Tigase's own. */
    static boolean isStanza(Packet packet) {
        String name = packet.getElemName();
        return (name == Message.ELEM_NAME || name == Presence.ELEM_NAME || name == Iq.ELEM_NAME) && !isInternal(packet);
    }

    /** Tigase's components talk to each other in iqs, which no stream can bring. */
    static boolean isInternal(Packet packet) {
        return packet.isCommand() && packet.getCommand() != Command.OTHER;
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
    public Optional<String> invited() {
        boolean isNormal = type().isEmpty() || type().equals("normal");
        Element x = isNormal && kind() == StanzaKind.MESSAGE ? packet.getElement().getChild("x", MUC_USER) : null;
        List<Element> children = x == null ? null : x.getChildren();
        if (children == null || children.isEmpty()) {
            return Optional.empty();
        }
        Element first = children.get(0);
        boolean invites = first.getName().equals("invite") || first.getName().equals("decline");
        return invites ? Optional.ofNullable(first.getAttributeStaticStr(Packet.TO_ATT)) : Optional.empty();
    }

    @Override
    public String xml() {
        if (xml == null) {
            Element stamped = packet.getElement();
            if (!from.equals(packet.getStanzaFrom())) {
                stamped = stamped.clone();
                stamped.setAttribute(Packet.FROM_ATT, from.toString());
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

    @Override
    public void handOn() {
        way.on(packet);
        way.done(packet);
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
