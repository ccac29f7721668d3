package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordText;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.engine.extension.Judged;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.junit.jupiter.api.BeforeAll;
import org.jxmpp.jid.impl.JidCreate;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Whatever a stanza is said to be: the reader takes what a second parser, of another kind, takes, and reads in it what that one finds; it
 * refuses for the reasons that it documents, in words without content; and the record has the text as it came.
 */
class StanzaFuzzTest {
    private static final Set<String> REASONS = Set.of("it doesn't start with a tag", "it is not well-formed", "it has a part that XMPP forbids",
            "it is nested deeper than 128", "it is not a stanza of the kind that was announced");
    private static final Decision ALLOWED = Decision.allow(List.of(new DeterminingRule("test", Effect.ALLOW, "test", false)));
    private static DocumentBuilder parser;
    private static Transformer writer;

    @BeforeAll
    static void makeASecondParser() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        parser = factory.newDocumentBuilder();
        parser.setErrorHandler(null);
        writer = TransformerFactory.newDefaultInstance().newTransformer();
        writer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
    }

    @FuzzTest(maxDuration = "1h")
    void anyTextShouldBeReadAsAnotherParserDoesOrRefused(byte[] bytes) throws Exception {
        String text = new String(bytes, StandardCharsets.UTF_8);
        Optional<Element> parsed = parse(text);
        StanzaReader.Read read;
        try {
            read = StanzaReader.read(message(text));
        } catch (StanzaReader.Unreadable e) {
            assertThat(REASONS).contains(e.getMessage());
            boolean startsWithTag = text.startsWith("<") && !text.startsWith("<?");
            assertThat(parsed.filter(root -> startsWithTag && isMessage(root))).as("what is wrong with it: %s", e.getMessage()).isEmpty();
            assertRecorded(text, StanzaReader.Read.NOTHING);
            return;
        }
        assertThat(parsed).as("not well-formed to another parser").isPresent();
        assertThat(isMessage(parsed.get())).isTrue();
        assertThat(read).isEqualTo(Reading.of(message(text), parsed.get()));
        assertThat(read.id()).isEqualTo(Reading.id(parsed.get()));
        assertThat(read.originId()).isEqualTo(Reading.originId(parsed.get()));
        assertThat(StanzaReader.read(message(written(parsed.get())))).as("written and read again").isEqualTo(read);
        assertRecorded(text, read);
    }

    private static void assertRecorded(String text, StanzaReader.Read read) throws Exception {
        NewRecord record = new AttemptRecords(Set.of(), Set.of()).of(message(text), read, Judged.of(ALLOWED), AttemptRecords.DEFAULT_CLASS, Optional.empty());
        assertThat(record.content()).isEqualTo(text);
        assertThat(RecordText.writtenAndRead(record)).isEqualTo(record);
    }

    private static Exchange message(String text) throws Exception {
        return new Exchange(JidCreate.from("ada@localhost/a"), JidCreate.from("boris@localhost"), Optional.empty(), StanzaKind.MESSAGE, "chat",
                Direction.LOCAL, Place.DIRECT, Optional.empty(), text);
    }

    private static Optional<Element> parse(String text) throws Exception {
        try {
            return Optional.of(parser.parse(new InputSource(new StringReader(text))).getDocumentElement());
        } catch (SAXException e) {
            return Optional.empty();
        }
    }

    /** Whether it is a message without anything that RFC 6120, section 11.1, forbids, not nested too deeply. */
    private static boolean isMessage(Element root) {
        boolean alone = IntStream.range(0, root.getOwnerDocument().getChildNodes().getLength())
                .allMatch(i -> root.getOwnerDocument().getChildNodes().item(i).getNodeType() == Node.ELEMENT_NODE);
        return alone && root.getLocalName().equals("message") && Set.of("", "jabber:client", "jabber:server", "jabber:component:accept").contains(namespace(root))
                && isPlain(root, 1);
    }

    private static boolean isPlain(Node node, int depth) {
        boolean named = !node.getNodeName().startsWith(":")
                && IntStream.range(0, node.getAttributes().getLength()).noneMatch(i -> node.getAttributes().item(i).getNodeName().startsWith(":"));
        if (depth > StanzaReader.MAXIMUM_DEPTH || !named) {
            return false;
        }
        for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
            boolean plain = switch (child.getNodeType()) {
                case Node.ELEMENT_NODE -> isPlain(child, depth + 1);
                case Node.TEXT_NODE, Node.CDATA_SECTION_NODE -> true;
                default -> false;
            };
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private static String namespace(Node node) {
        return node.getNamespaceURI() == null ? "" : node.getNamespaceURI();
    }

    private static String written(Element root) throws Exception {
        StringWriter text = new StringWriter();
        writer.transform(new DOMSource(root), new StreamResult(text));
        return text.toString();
    }

    /** The same facts, gathered from a tree instead of a stream; and the ids, looked for once more by themselves. */
    private static final class Reading {
        private static final String FORWARD = "urn:xmpp:forward:0";
        private static final Set<String> STANZAS = Set.of("message", "presence", "iq");

        private final StanzaFacts facts;

        private Reading(Exchange exchange) {
            this.facts = new StanzaFacts(exchange);
        }

        static StanzaReader.Read of(Exchange exchange, Element root) throws StanzaReader.Unreadable {
            Reading reading = new Reading(exchange);
            reading.element(root, 1);
            return reading.facts.read();
        }

        static Optional<String> originId(Element root) {
            return children(root).stream().filter(c -> namespace(c).equals("urn:xmpp:sid:0") && c.getLocalName().equals("origin-id"))
                    .flatMap(c -> id(c).stream()).findFirst();
        }

        private void element(Element element, int depth) throws StanzaReader.Unreadable {
            UnaryOperator<String> attribute = name -> attribute(element, name).orElse(null);
            if (depth == 1) {
                facts.stanza(attribute);
            } else {
                facts.anywhere(namespace(element), element.getLocalName(), attribute);
                Node parent = element.getParentNode();
                if (namespace(parent).equals(FORWARD) && parent.getLocalName().equals("forwarded") && STANZAS.contains(element.getLocalName())) {
                    facts.author(attribute.apply("from"));
                }
                if (namespace(element).equals("http://jabber.org/protocol/pubsub#event") && element.getLocalName().equals("item")) {
                    facts.author(attribute.apply("publisher"));
                }
            }
            if (depth == 2) {
                facts.child(namespace(element), element.getLocalName(), attribute);
            } else if (depth == 3) {
                facts.grandchild(namespace(element), element.getLocalName(), attribute);
            }
            for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
                if (child instanceof Element inner) {
                    element(inner, depth + 1);
                } else if (facts.wantsText()) {
                    facts.text(child.getNodeValue());
                }
            }
            facts.ends();
        }

        private static Optional<String> id(Element element) {
            return attribute(element, "id");
        }

        private static Optional<String> attribute(Element element, String name) {
            return Optional.of(element.getAttributeNS(null, name)).filter(value -> !value.isEmpty());
        }

        private static List<Element> children(Element parent) {
            List<Element> children = new ArrayList<>();
            for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
                if (child instanceof Element element) {
                    children.add(element);
                }
            }
            return children;
        }
    }
}
