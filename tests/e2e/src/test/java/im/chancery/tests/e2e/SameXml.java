package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Stanzas as trees: servers write the same one with other quotes, prefixes and order of attributes. */
final class SameXml {
    private static final String XMLNS = "http://www.w3.org/2000/xmlns/";

    private SameXml() {
    }

    /**
     * The stanzas of a text, which stand on a client's stream ({@code jabber:client}).
     *
     * @throws IllegalArgumentException if they are not whole
     */
    static List<Element> stanzas(String text) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
            factory.setCoalescing(true); // a CDATA section is text
            return elements(factory.newDocumentBuilder().parse(new InputSource(new StringReader("<stream xmlns='jabber:client'>" + text + "</stream>")))
                    .getDocumentElement().getChildNodes());
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new IllegalArgumentException("not stanzas: " + text, e);
        }
    }

    /** The elements among some nodes. */
    static List<Element> elements(NodeList nodes) {
        return IntStream.range(0, nodes.getLength()).mapToObj(nodes::item).filter(Element.class::isInstance).map(Element.class::cast).toList();
    }

    /** A stanza written so that texts are equal where stanzas are: names with their namespaces, attributes sorted, its address as RFC 7622 prepares it. */
    static String of(String text) {
        Element stanza = stanzas(text).get(0);
        if (stanza.hasAttribute("to")) {
            stanza.setAttribute("to", SmackClient.jid(stanza.getAttribute("to")).toString());
        }
        return written(stanza);
    }

    private static String written(Node node) {
        if (!(node instanceof Element element)) {
            return node.getNodeValue().replace("&", "&amp;").replace("<", "&lt;");
        }
        var attributes = element.getAttributes();
        String start = IntStream.range(0, attributes.getLength()).mapToObj(attributes::item).filter(a -> !XMLNS.equals(a.getNamespaceURI()))
                .map(a -> " " + name(a) + "='" + a.getNodeValue().replace("&", "&amp;").replace("'", "&apos;") + "'").sorted().collect(Collectors.joining());
        NodeList children = element.getChildNodes();
        return "<" + name(element) + start + ">"
                + IntStream.range(0, children.getLength()).mapToObj(i -> written(children.item(i))).collect(Collectors.joining()) + "</>";
    }

    private static String name(Node node) {
        return node.getNamespaceURI() == null ? node.getLocalName() : "{" + node.getNamespaceURI() + "}" + node.getLocalName();
    }
}
