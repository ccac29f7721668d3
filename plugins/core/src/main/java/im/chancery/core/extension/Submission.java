package im.chancery.core.extension;

import im.chancery.core.Decision;
import im.chancery.core.Exchange;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * What an extension is asked about: one exchange, what the roles say of it, and its stanza to read. Each call of
 * {@link Extension#judge} gets its own; it is for one thread.
 */
public final class Submission {
    private static final ThreadLocal<DocumentBuilder> PARSERS = ThreadLocal.withInitial(Submission::parser);

    private final Exchange exchange;
    private final Decision decision;
    private Element stanza;

    /** An exchange and the roles' decision on it. */
    public Submission(Exchange exchange, Decision decision) {
        this.exchange = Objects.requireNonNull(exchange, "exchange");
        this.decision = Objects.requireNonNull(decision, "decision");
    }

    /** Who, to whom, what kind, which way, which room with its occupants, what is in it as the roles see it, and the stanza as text. */
    public Exchange exchange() {
        return exchange;
    }

    /** What the roles say. Where they refuse, nothing makes it pass; an extension is asked all the same, since it may want to annotate. */
    public Decision decision() {
        return decision;
    }

    /**
     * The stanza, parsed with namespaces. It may be changed, to no effect.
     *
     * @throws IllegalStateException if it isn't well-formed, which the engine refuses without asking
     */
    public Element stanza() {
        if (stanza == null) {
            try {
                stanza = PARSERS.get().parse(new InputSource(new StringReader(exchange.stanza()))).getDocumentElement();
            } catch (SAXException | IOException e) {
                throw new IllegalStateException("the stanza is not well-formed");
            }
        }
        return stanza;
    }

    /**
     * All that the stanza says in words: the character data of each of its children on a line of its own (body, subject, status, formatted
     * and forwarded content, whatever the element is called), without attributes. What is encrypted end to end stays so.
     */
    public String text() {
        List<String> lines = new ArrayList<>();
        for (Node child = stanza().getFirstChild(); child != null; child = child.getNextSibling()) {
            String text = child.getTextContent();
            if (!text.isEmpty()) {
                lines.add(text);
            }
        }
        return String.join("\n", lines);
    }

    private static DocumentBuilder parser() {
        try {
            // The JDK's own, whatever else is on the class path.
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            DocumentBuilder parser = factory.newDocumentBuilder();
            parser.setErrorHandler(new Silent());
            return parser;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("every Java platform has an XML parser", e);
        }
    }

    /** Java's own handler prints what it finds. */
    private static final class Silent implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) {
            // says nothing about whether it is well-formed
        }

        @Override
        public void error(SAXParseException e) {
            // only validation, which is not asked for, ends here
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }
    }
}
