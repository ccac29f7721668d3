package im.chancery.engine;

import im.chancery.core.Content;
import im.chancery.core.Exchange;
import java.io.StringReader;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jxmpp.jid.BareJid;

/**
 * Reads a serialised stanza in one pass: whether it is well-formed, and what it says of itself ({@link StanzaFacts}).
 *
 * <p>Nothing that RFC 6120, section 11.1 forbids is read: no document type, no entity but the five predefined, no comment, no
 * processing instruction. Depth is bounded. Safe for many threads: each has its own parser, used again for the next stanza.
 */
final class StanzaReader {
    /** Deeper elements are refused; a forwarded, encrypted message with a form in it has about a dozen levels. */
    static final int MAXIMUM_DEPTH = 128;

    private static final Set<String> STANZA_NAMESPACES = Set.of("", "jabber:client", "jabber:server", "jabber:component:accept");
    private static final String NOT_WELL_FORMED = "it is not well-formed";
    private static final Set<String> STANZAS = Set.of("message", "presence", "iq");
    private static final String FORWARD = "urn:xmpp:forward:0";
    private static final String PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event";

    private static final ThreadLocal<XMLInputFactory> PARSERS = ThreadLocal.withInitial(StanzaReader::parsers);

    private StanzaReader() {
    }

    /**
     * What a stanza says of itself.
     *
     * @param id         its id attribute
     * @param originId   its origin-id (XEP-0359, section 2.1)
     * @param content    what is in it
     * @param references what it refers to
     * @param claims     by whom it says that it was given ids (XEP-0359, section 2.2), as written
     * @param files      the names of the files that it offers, shares or asks to upload, in its order, each once
     * @param target     to whom it has a proxy pass on the sender's bytes, and from whom (XEP-0065)
     * @param isCopy     whether it says that it is a copy which the recipient's own server has made (XEP-0280, XEP-0313)
     */
    record Read(Optional<String> id, Optional<String> originId, Content content, References references, List<String> claims, List<String> files,
                Optional<BareJid> target, boolean isCopy) {
        static final Read NOTHING = new Read(Optional.empty(), Optional.empty(), Content.NOTHING, References.NONE, List.of(), List.of(),
                Optional.empty(), false);
    }

    /**
     * What a stanza refers to.
     *
     * @param relation  what it does to an earlier one: {@code correct}, {@code retract}, {@code moderate}, {@code react}, {@code receive} (it was
     *                  delivered), {@code mark} (it was read so far), {@code answer}
     * @param refersTo  that one's id, present with {@code relation}
     * @param repliesTo the id of the message that it replies to
     * @param session   the id of the call, or other session, that it belongs to
     * @param thread    its thread (RFC 6121, section 5.2.5)
     */
    record References(Optional<String> relation, Optional<String> refersTo, Optional<String> repliesTo, Optional<String> session, Optional<String> thread) {
        static final References NONE = new References(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** A text that isn't one well-formed stanza. The message says why, without a word of the text. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String why) {
            super(why, null, false, false);
        }
    }

    /**
     * Reads the stanza of an exchange.
     *
     * @throws Unreadable if it is no stanza of the kind that the exchange says, or not well-formed
     */
    static Read read(Exchange exchange) throws Unreadable {
        String stanza = exchange.stanza();
        if (stanza.length() < 2 || stanza.charAt(0) != '<' || stanza.charAt(1) == '?') {
            throw new Unreadable("it doesn't start with a tag");
        }
        try {
            XMLStreamReader xml = PARSERS.get().createXMLStreamReader(new StringReader(stanza));
            try {
                return new Scan(xml, new StanzaFacts(exchange)).read(exchange.kind().name().toLowerCase(Locale.ROOT));
            } finally {
                xml.close();
            }
        } catch (XMLStreamException | RuntimeException e) {
            // The parser's own message quotes names from the text, so it isn't passed on. Some malformed texts make it
            // throw unchecked exceptions; they are no more readable for that.
            throw new Unreadable(NOT_WELL_FORMED);
        }
    }

    private static XMLInputFactory parsers() {
        // The JDK's own, whatever else is on the class path: what follows was tested with it.
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty("reuse-instance", true);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("no external entity");
        });
        return factory;
    }

    /** One pass over one stanza. */
    private static final class Scan {
        private final XMLStreamReader xml;
        private final StanzaFacts facts;
        private final UnaryOperator<String> attribute = this::attribute;
        private int depth;
        /** By depth, whether the element there is a {@code <forwarded/>}; most stanzas have none. */
        private boolean[] forwards;

        Scan(XMLStreamReader xml, StanzaFacts facts) {
            this.xml = xml;
            this.facts = facts;
        }

        Read read(String name) throws XMLStreamException, Unreadable {
            while (xml.hasNext()) {
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> start(name);
                    case XMLStreamConstants.END_ELEMENT -> {
                        depth--;
                        facts.ends();
                    }
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                        if (facts.wantsText()) {
                            facts.text(xml.getText());
                        }
                    }
                    case XMLStreamConstants.SPACE, XMLStreamConstants.END_DOCUMENT -> { }
                    default -> throw new Unreadable("it has a part that XMPP forbids");
                }
            }
            return facts.read();
        }

        private void start(String name) throws Unreadable {
            depth++;
            if (depth > MAXIMUM_DEPTH) {
                throw new Unreadable("it is nested deeper than " + MAXIMUM_DEPTH);
            }
            refuseNamesThatAreNone();
            if (depth == 1) {
                stanza(name);
                return;
            }
            String namespace = namespace();
            String element = xml.getLocalName();
            facts.anywhere(namespace, element, attribute);
            lookForForwarded(namespace, element);
            if (depth == 2) {
                facts.child(namespace, element, attribute);
            } else if (depth == 3) {
                facts.grandchild(namespace, element, attribute);
            }
        }

        /** A name with a colon in front is well-formed XML, but not in namespaces; parsers take it differently ({@code :id} is the id to some). */
        private void refuseNamesThatAreNone() throws Unreadable {
            boolean none = xml.getLocalName().indexOf(':') >= 0;
            for (int i = 0; i < xml.getAttributeCount(); i++) {
                none |= xml.getAttributeLocalName(i).indexOf(':') >= 0;
            }
            if (none) {
                throw new Unreadable(NOT_WELL_FORMED);
            }
        }

        private void stanza(String name) throws Unreadable {
            if (!xml.getLocalName().equals(name) || !STANZA_NAMESPACES.contains(namespace())) {
                throw new Unreadable("it is not a stanza of the kind that was announced");
            }
            facts.stanza(attribute);
        }

        private void lookForForwarded(String namespace, String element) throws Unreadable {
            if (forwards != null) {
                if (forwards[depth - 1] && STANZAS.contains(element)) {
                    facts.author(attribute.apply("from"));
                }
                forwards[depth] = false;
            }
            if (namespace.equals(PUBSUB_EVENT) && element.equals("item")) {
                facts.author(attribute.apply("publisher"));
            }
            if (namespace.equals(FORWARD) && element.equals("forwarded")) {
                forwards = forwards == null ? new boolean[MAXIMUM_DEPTH + 1] : forwards;
                forwards[depth] = true;
            }
        }

        private String namespace() {
            String uri = xml.getNamespaceURI();
            return uri == null ? "" : uri;
        }

        /** An attribute without a namespace; empty ones count as absent. */
        private String attribute(String name) {
            for (int i = 0; i < xml.getAttributeCount(); i++) {
                String uri = xml.getAttributeNamespace(i);
                if (xml.getAttributeLocalName(i).equals(name) && (uri == null || uri.isEmpty())) {
                    String value = xml.getAttributeValue(i);
                    return value.isEmpty() ? null : value;
                }
            }
            return null;
        }
    }
}
