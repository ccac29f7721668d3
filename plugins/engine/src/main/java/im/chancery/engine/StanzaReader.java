package im.chancery.engine;

import im.chancery.core.StanzaKind;
import java.io.StringReader;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads from a serialised stanza what a record is linked by: its id, its origin-id (XEP-0359, section 2.1), and the message
 * that it corrects (XEP-0308, section 3) or retracts (XEP-0424, section 3). Only direct children of the stanza count, so that a
 * forwarded message doesn't speak for the one that carries it.
 *
 * <p>Nothing that RFC 6120, section 11.1 forbids is read: no document type, no entity but the five predefined, no comment, no
 * processing instruction. Depth is bounded. Safe for many threads: each has its own parser, used again for the next stanza.
 */
final class StanzaReader {
    /** Deeper elements are refused; a forwarded, encrypted message with a form in it has about a dozen levels. */
    static final int MAXIMUM_DEPTH = 128;

    private static final Set<String> STANZA_NAMESPACES = Set.of("", "jabber:client", "jabber:server", "jabber:component:accept");
    private static final String NOT_WELL_FORMED = "it is not well-formed";
    private static final String ORIGIN_ID = "urn:xmpp:sid:0";
    private static final String CORRECT = "urn:xmpp:message-correct:0";
    private static final Set<String> RETRACT = Set.of("urn:xmpp:message-retract:1", "urn:xmpp:message-retract:0");
    private static final String FASTEN = "urn:xmpp:fasten:0";

    private static final ThreadLocal<XMLInputFactory> PARSERS = ThreadLocal.withInitial(StanzaReader::parsers);

    private StanzaReader() {
    }

    /**
     * What a stanza says of itself and of an earlier one.
     *
     * @param id       its id attribute
     * @param originId its origin-id
     * @param relation {@code correct} or {@code retract}, if it refers to an earlier message
     * @param refersTo that message's id, present with {@code relation}
     */
    record Read(Optional<String> id, Optional<String> originId, Optional<String> relation, Optional<String> refersTo) {
        static final Read NOTHING = new Read(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** A text that isn't one well-formed stanza. The message says why, without a word of the text. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String why) {
            super(why, null, false, false);
        }
    }

    /**
     * Reads one stanza.
     *
     * @param stanza the text, which starts with the stanza's tag
     * @param kind   what it is said to be
     * @throws Unreadable if it is something else, or not well-formed
     */
    static Read read(String stanza, StanzaKind kind) throws Unreadable {
        if (stanza.length() < 2 || stanza.charAt(0) != '<' || stanza.charAt(1) == '?') {
            throw new Unreadable("it doesn't start with a tag");
        }
        try {
            XMLStreamReader xml = PARSERS.get().createXMLStreamReader(new StringReader(stanza));
            try {
                return new Scan(xml).read(kind.name().toLowerCase(Locale.ROOT));
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
        private int depth;
        private String id;
        private String originId;
        private String relation;
        private String refersTo;
        private String fastenedTo;

        Scan(XMLStreamReader xml) {
            this.xml = xml;
        }

        Read read(String name) throws XMLStreamException, Unreadable {
            while (xml.hasNext()) {
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> start(name);
                    case XMLStreamConstants.END_ELEMENT -> depth--;
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE, XMLStreamConstants.END_DOCUMENT -> { }
                    default -> throw new Unreadable("it has a part that XMPP forbids");
                }
            }
            return new Read(Optional.ofNullable(id), Optional.ofNullable(originId), Optional.ofNullable(relation), Optional.ofNullable(refersTo));
        }

        private void start(String name) throws Unreadable {
            depth++;
            if (depth > MAXIMUM_DEPTH) {
                throw new Unreadable("it is nested deeper than " + MAXIMUM_DEPTH);
            }
            refuseNamesThatAreNone();
            switch (depth) {
                case 1 -> stanza(name);
                case 2 -> child();
                case 3 -> grandchild();
                default -> { }
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
            id = attribute("id");
        }

        private void child() {
            String namespace = namespace();
            String element = xml.getLocalName();
            fastenedTo = null;
            if (namespace.equals(ORIGIN_ID) && element.equals("origin-id") && originId == null) {
                originId = attribute("id");
            } else if (namespace.equals(CORRECT) && element.equals("replace")) {
                relate("correct", attribute("id"));
            } else if (RETRACT.contains(namespace) && element.equals("retract")) {
                relate("retract", attribute("id"));
            } else if (namespace.equals(FASTEN) && element.equals("apply-to")) {
                fastenedTo = attribute("id");
            }
        }

        /** XEP-0424 before its version 0.4 put the retraction inside a fastening (XEP-0422). */
        private void grandchild() {
            if (fastenedTo != null && RETRACT.contains(namespace()) && xml.getLocalName().equals("retract")) {
                relate("retract", fastenedTo);
            }
        }

        private void relate(String how, String to) {
            if (relation == null && to != null) {
                relation = how;
                refersTo = to;
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
