package im.chancery.engine.edge;

import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** A stanza of a host that isn't there, made from XML. Keeps how it ended, and may fail at its end. */
final class TestStanza implements EdgeStanza {
    private static final String CLIENT = "jabber:client";
    private static final String MUC_USER = "http://jabber.org/protocol/muc#user";

    private final Element element;
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private Runnable atEnd = () -> { };
    private boolean isOpaque;

    TestStanza(String xml) {
        element = read(xml);
    }

    /** A message of this name from one address to another. */
    static TestStanza message(String name, String from, String to) {
        return new TestStanza("<message id='" + name + "' type='chat' from='" + from + "' to='" + to + "'><body>hi</body></message>");
    }

    static TestStanza presence(String name, String from, String to) {
        return new TestStanza("<presence id='" + name + "' from='" + from + "' to='" + to + "'/>");
    }

    static Element read(String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml))).getDocumentElement();
        } catch (Exception e) {
            throw new IllegalArgumentException(xml, e);
        }
    }

    /** Runs this when the stanza ends, after it has been noted how. */
    TestStanza atEnd(Runnable run) {
        atEnd = run;
        return this;
    }

    /** From now on nobody can look into it, as when it is too deep for a thread's stack. */
    TestStanza opaque() {
        isOpaque = true;
        return this;
    }

    TestStanza failsAtEnd() {
        return atEnd(() -> {
            throw new IllegalStateException("the host is full");
        });
    }

    /** How it ended, each time: {@code on}, {@code discarded}, {@code bounced CONDITION} or {@code answered CONDITION}. */
    List<String> ends() {
        return ends;
    }

    @Override
    public StanzaKind kind() {
        return StanzaKind.valueOf(element.getLocalName().toUpperCase(Locale.ROOT));
    }

    @Override
    public String type() {
        return element.getAttribute("type");
    }

    @Override
    public String id() {
        return element.getAttribute("id");
    }

    @Override
    public String from() {
        return element.getAttribute("from");
    }

    @Override
    public String to() {
        String from = from();
        return isAddressed() ? element.getAttribute("to") : from.contains("/") ? from.substring(0, from.indexOf('/')) : from;
    }

    @Override
    public boolean isAddressed() {
        return element.hasAttribute("to");
    }

    @Override
    public EdgeElement element() {
        if (isOpaque) {
            throw new StackOverflowError("too deep");
        }
        return shown(element);
    }

    @Override
    public void withoutSubject(String field) {
        NodeList fields = element.getElementsByTagName("field");
        for (int i = fields.getLength() - 1; i >= 0; i--) {
            if (((Element) fields.item(i)).getAttribute("var").equals(field)) {
                fields.item(i).getParentNode().removeChild(fields.item(i));
            }
        }
        if (element.getTagName().equals("message")) {
            strip(id(), Optional.of(new EdgeElement("subject", CLIENT, Map.of(), List.of(), "")));
        }
    }

    @Override
    public void items(String list, UnaryOperator<Optional<String>> publisher) {
        children(element).forEach(pubsub -> children(pubsub).stream().filter(items -> items.getLocalName().equals(list)).forEach(items ->
                children(items).stream().filter(child -> child.getLocalName().equals("item")).forEach(item -> {
                    Optional<String> said = item.hasAttribute("publisher") ? Optional.of(item.getAttribute("publisher")) : Optional.empty();
                    Optional<String> named = publisher.apply(said);
                    named.filter(by -> !by.isEmpty()).ifPresent(by -> item.setAttribute("publisher", by));
                    if (named.isEmpty()) {
                        items.removeChild(item);
                    }
                })));
    }

    @Override
    public String xml() {
        try {
            Transformer plain = TransformerFactory.newInstance().newTransformer();
            plain.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            StringWriter out = new StringWriter();
            plain.transform(new DOMSource(element), new StreamResult(out));
            return out.toString();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int size() {
        return 100 + element.getTextContent().length();
    }

    @Override
    public void strip(String id, Optional<EdgeElement> child) {
        while (element.hasChildNodes()) {
            element.removeChild(element.getFirstChild());
        }
        for (int i = element.getAttributes().getLength() - 1; i >= 0; i--) {
            String name = element.getAttributes().item(i).getNodeName();
            if (!List.of("from", "to", "type").contains(name)) {
                element.removeAttribute(name);
            }
        }
        if (!id.isEmpty()) {
            element.setAttribute("id", id);
        }
        child.ifPresent(kept -> element.appendChild(made(kept)));
    }

    private static EdgeElement shown(Element of) {
        Map<String, String> attributes = new HashMap<>();
        for (int i = 0; i < of.getAttributes().getLength(); i++) {
            Node attribute = of.getAttributes().item(i);
            if (!attribute.getNodeName().equals("xmlns")) {
                attributes.put(attribute.getNodeName(), attribute.getNodeValue());
            }
        }
        StringBuilder text = new StringBuilder();
        for (Node child = of.getFirstChild(); child != null; child = child.getNextSibling()) {
            text.append(child instanceof Element ? "" : child.getNodeValue());
        }
        return new EdgeElement(of.getLocalName(), of.getNamespaceURI() == null ? CLIENT : of.getNamespaceURI(), attributes, children(of).stream().map(TestStanza::shown).toList(), text.toString());
    }

    private Element made(EdgeElement of) {
        boolean isClients = of.namespace().equals(CLIENT);
        Element made = element.getOwnerDocument().createElementNS(isClients ? null : of.namespace(), of.name());
        if (!isClients) {
            made.setAttributeNS("http://www.w3.org/2000/xmlns/", "xmlns", of.namespace());
        }
        of.attributes().forEach(made::setAttribute);
        made.setTextContent(of.text());
        of.children().forEach(part -> made.appendChild(made(part)));
        return made;
    }

    @Override
    public void withoutIdsOf(Predicate<String> whose) {
        children(element).stream().filter(id -> id.getLocalName().equals("stanza-id") && whose.test(id.getAttribute("by"))).forEach(element::removeChild);
    }

    @Override
    public void handOn() {
        end("on");
    }

    @Override
    public void bounce(StanzaError error) {
        end("bounced " + error.text());
    }

    @Override
    public void answerWith(StanzaError.Condition condition) {
        end("answered " + condition.token());
    }

    @Override
    public void discard() {
        end("discarded");
    }

    private void end(String how) {
        ends.add(how);
        atEnd.run();
    }

    private static List<Element> children(Element of) {
        List<Element> found = new ArrayList<>();
        for (Node child = of.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element) {
                found.add(element);
            }
        }
        return found;
    }
}
