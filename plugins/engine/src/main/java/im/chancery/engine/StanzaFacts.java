package im.chancery.engine;

import im.chancery.core.Content;
import im.chancery.core.Exchange;
import im.chancery.core.StanzaKind;
import im.chancery.core.TrafficKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Gathers what the elements of one stanza say, as they are read: what it is for, what it refers to, what in it is encrypted. Only
 * direct children of the stanza speak for it, so that a forwarded message doesn't; encrypted parts and forwarded authors count wherever
 * they are. For one stanza and one thread.
 */
final class StanzaFacts {
    private static final String MUC = "http://jabber.org/protocol/muc";
    private static final String JINGLE_FILE = "urn:xmpp:jingle:apps:file-transfer:";
    private static final String FILE_METADATA = "urn:xmpp:file:metadata:";
    private static final String UPLOAD = "urn:xmpp:http:upload";
    private static final String BYTESTREAMS = "http://jabber.org/protocol/bytestreams";
    /** In characters; a longer thread is no key that anybody looks for, and a longer name none that a file could have. */
    private static final int LONGEST_TEXT = 1024;
    /** In characters, the longest there is (RFC 7622, section 3.1: three parts of at most 1,023 bytes). */
    private static final int LONGEST_ADDRESS = 3071;
    /** What is beyond is in the stanza. */
    private static final int MOST_FILES = 100;
    /** Each is held against everybody who would get the stanza, so more are refused and not left out. A forwarded conversation has a few. */
    static final int MOST_AUTHORS = 64;

    private static final Pattern BREAKS = Pattern.compile("\\R");

    private final Exchange exchange;
    private TrafficKind what;
    private boolean hasBody;
    private boolean hasSubject;
    private boolean isCopy;
    private String id;
    private String originId;
    private String relation;
    private String refersTo;
    private String fastenedTo;
    private String parent = "";
    private String repliesTo;
    private String session;
    private StringBuilder thread;
    /** The text of the element that is being read, where it is wanted. */
    private StringBuilder open;
    private StringBuilder target;
    private List<StringBuilder> files = List.of();
    private Set<String> unreadable = Set.of();
    private Set<BareJid> authors = Set.of();
    private List<String> claims = List.of();

    StanzaFacts(Exchange exchange) {
        this.exchange = exchange;
    }

    /** The stanza itself. {@code attribute} gives the value of an attribute, or null. */
    void stanza(UnaryOperator<String> attribute) {
        id = attribute.apply("id");
        if (exchange.type().equals("error")) {
            answer(TrafficKind.ERROR);
        } else if (exchange.kind() == StanzaKind.IQ && exchange.type().equals("result")) {
            answer(TrafficKind.ANSWER);
        } else if (exchange.kind() == StanzaKind.PRESENCE) {
            is(presence());
        }
    }

    private void answer(TrafficKind kind) {
        is(kind);
        relate("answer", id);
    }

    private TrafficKind presence() {
        return switch (exchange.type()) {
            case "unavailable" -> exchange.room().isPresent() ? TrafficKind.LEAVE : TrafficKind.PRESENCE;
            case "" -> exchange.isJoin() ? TrafficKind.JOIN : TrafficKind.PRESENCE;
            case "probe" -> TrafficKind.PRESENCE;
            default -> TrafficKind.SUBSCRIPTION;
        };
    }

    /** An element anywhere inside the stanza. */
    void anywhere(String namespace, String name, UnaryOperator<String> attribute) throws StanzaReader.Unreadable {
        if (open != null && open == target) { // text may go on behind it, and proxies may take the whole
            throw notAnAddress();
        }
        open = null;
        switch (namespace) {
            case "eu.siacs.conversations.axolotl", "urn:xmpp:omemo:0", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2" -> unreadableIf(name.equals("encrypted"), "omemo");
            case "jabber:x:encrypted" -> unreadableIf(name.equals("x"), "openpgp");
            case "urn:xmpp:openpgp:0" -> unreadableIf(name.equals("openpgp"), "openpgp");
            case "urn:ietf:params:xml:ns:xmpp-e2e" -> unreadableIf(name.equals("e2e"), "e2e");
            case "urn:xmpp:eme:0" -> unreadableIf(name.equals("encryption"), protocol(attribute.apply("namespace"))); // XEP-0380
            case "urn:xmpp:sims:1" -> is(TrafficKind.FILE);
            case "http://jabber.org/protocol/si/profile/file-transfer" -> fileNamed(name.equals("file") ? attribute.apply("name") : null);
            default -> {
                if (namespace.startsWith("urn:xmpp:")) {
                    aboutFiles(namespace, name, attribute);
                }
            }
        }
    }

    private void aboutFiles(String namespace, String name, UnaryOperator<String> attribute) {
        if (namespace.startsWith(JINGLE_FILE)) {
            is(TrafficKind.FILE);
        }
        if (namespace.startsWith(UPLOAD)) {
            fileNamed(name.equals("request") ? attribute.apply("filename") : null);
        }
        boolean isName = name.equals("name") && (namespace.startsWith(JINGLE_FILE) || namespace.startsWith(FILE_METADATA))
                || name.equals("filename") && namespace.equals(UPLOAD); // XEP-0363 before its version 0.3
        if (isName) {
            open = fileNamed("");
        }
    }

    /** A file's name begins with this; nothing is kept of {@code null}. */
    private StringBuilder fileNamed(String name) {
        if (name == null || files.size() == MOST_FILES) {
            return null;
        }
        files = files.isEmpty() ? new ArrayList<>() : files;
        files.add(new StringBuilder(name));
        return files.get(files.size() - 1);
    }

    /** Who has sent a stanza inside a {@code <forwarded/>} (XEP-0297), anywhere, or published an item that is told of (XEP-0060, section 7.1.2.3). */
    void author(String from) throws StanzaReader.Unreadable {
        if (from == null) {
            return;
        }
        try {
            if (authors.isEmpty()) {
                authors = new HashSet<>();
            }
            authors.add(JidCreate.from(from).asBareJid());
        } catch (XmppStringprepException e) {
            // whoever has no address is nobody whom a rule could be about
        }
        if (authors.size() > MOST_AUTHORS) {
            throw new StanzaReader.Unreadable("it passes on words of more than " + MOST_AUTHORS + " authors");
        }
    }

    /** A child of the stanza. */
    void child(String namespace, String name, UnaryOperator<String> attribute) {
        fastenedTo = null;
        parent = namespace;
        if (exchange.kind() == StanzaKind.MESSAGE) {
            ofMessage(namespace, name, attribute);
        } else if (exchange.kind() == StanzaKind.IQ) {
            ofIq(namespace, name, attribute);
        } else if (namespace.equals(MUC) && exchange.type().isEmpty()) {
            is(TrafficKind.JOIN);
        }
    }

    private void ofMessage(String namespace, String name, UnaryOperator<String> attribute) {
        switch (namespace) {
            case "", "jabber:client", "jabber:server", "jabber:component:accept" -> ofStanza(name);
            case "urn:xmpp:sid:0" -> ids(name, attribute);
            case "urn:xmpp:message-correct:0" -> refer(name.equals("replace"), TrafficKind.EDIT, "correct", attribute.apply("id"));
            case "urn:xmpp:message-retract:1", "urn:xmpp:message-retract:0" ->
                    refer(name.equals("retract"), TrafficKind.RETRACTION, "retract", attribute.apply("id"));
            case "urn:xmpp:fasten:0" -> fastenedTo = name.equals("apply-to") ? attribute.apply("id") : null;
            case "urn:xmpp:reactions:0" -> refer(name.equals("reactions"), TrafficKind.REACTION, "react", attribute.apply("id"));
            case "urn:xmpp:reply:0" -> {
                is(TrafficKind.REPLY);
                repliesTo = repliesTo == null ? attribute.apply("id") : repliesTo;
            }
            case "urn:xmpp:receipts" -> refer(name.equals("received"), TrafficKind.RECEIPT, "receive", attribute.apply("id"));
            case "urn:xmpp:chat-markers:0" -> refer(!name.equals("markable"), TrafficKind.MARKER, "mark", attribute.apply("id"));
            case "jabber:x:conference" -> is(TrafficKind.INVITATION);
            case "jabber:x:oob", "urn:xmpp:sfs:0" -> is(TrafficKind.FILE);
            case "urn:xmpp:jingle-message:0", "urn:xmpp:jingle-message:1", "urn:xmpp:call-invites:0" -> session(attribute.apply("id"));
            case "urn:xmpp:forward:0" -> is(TrafficKind.FORWARD);
            case "http://jabber.org/protocol/pubsub#event" -> is(TrafficKind.EVENT);
            case "http://jabber.org/protocol/chatstates" -> is(TrafficKind.CHAT_STATE);
            // Only the own server makes these, and clients may believe it that it did (XEP-0280, section 11; XEP-0313, section 9).
            case "urn:xmpp:carbons:2" -> isCopy |= name.equals("sent") || name.equals("received");
            case "urn:xmpp:mam:2", "urn:xmpp:mam:1", "urn:xmpp:mam:0" -> isCopy |= name.equals("result");
            default -> { }
        }
    }

    private void ofStanza(String name) {
        switch (name) {
            case "body" -> hasBody = true;
            case "subject" -> hasSubject = true;
            case "thread" -> {
                thread = thread == null ? new StringBuilder() : thread;
                open = thread;
            }
            default -> { }
        }
    }

    private void ids(String name, UnaryOperator<String> attribute) {
        if (name.equals("origin-id") && originId == null) {
            originId = attribute.apply("id");
        } else if (name.equals("stanza-id") && attribute.apply("by") != null) {
            claims = claims.isEmpty() ? new ArrayList<>() : claims;
            claims.add(attribute.apply("by"));
        }
    }

    private void ofIq(String namespace, String name, UnaryOperator<String> attribute) {
        switch (namespace) {
            case "urn:xmpp:jingle:1" -> session(attribute.apply("sid"));
            case "http://jabber.org/protocol/si" -> fileSession(attribute.apply("id"));
            case "http://jabber.org/protocol/ibb" -> fileSession(attribute.apply("sid"));
            case "jabber:iq:oob", BYTESTREAMS, UPLOAD, UPLOAD + ":0" -> is(TrafficKind.FILE);
            case "urn:xmpp:message-moderate:1" -> refer(name.equals("moderate"), TrafficKind.MODERATION, "moderate", attribute.apply("id"));
            case "urn:xmpp:fasten:0" -> fastenedTo = name.equals("apply-to") ? attribute.apply("id") : null;
            case "http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#owner", "vcard-temp", "urn:ietf:params:xml:ns:vcard-4.0" -> {
                if (exchange.type().equals("set")) {
                    is(TrafficKind.PUBLICATION);
                }
            }
            case "jabber:iq:private" -> is(TrafficKind.STORAGE);
            case "http://jabber.org/protocol/commands" -> is(TrafficKind.COMMAND);
            case "http://jabber.org/protocol/muc#owner" -> is(TrafficKind.ROOM_CONFIGURATION);
            case "http://jabber.org/protocol/muc#admin" -> is(TrafficKind.ROOM_ADMINISTRATION);
            default -> { }
        }
    }

    /** A child of a child. */
    void grandchild(String namespace, String name, UnaryOperator<String> attribute) throws StanzaReader.Unreadable {
        switch (namespace) {
            case "jabber:iq:roster" -> { // RFC 6121, section 2: to remove a contact ends both subscriptions
                if (parent.equals(namespace) && exchange.kind() == StanzaKind.IQ && exchange.type().equals("set")) {
                    is("remove".equals(attribute.apply("subscription")) ? TrafficKind.SUBSCRIPTION : TrafficKind.STORAGE);
                }
            }
            case BYTESTREAMS -> {
                if (parent.equals(namespace) && exchange.kind() == StanzaKind.IQ && name.equals("activate")) {
                    activates();
                }
            }
            case "urn:xmpp:message-moderate:1", "urn:xmpp:message-moderate:0" -> moderation();
            // XEP-0424 before its version 0.4 put the retraction inside a fastening (XEP-0422).
            case "urn:xmpp:message-retract:1", "urn:xmpp:message-retract:0" ->
                    refer(fastenedTo != null && name.equals("retract"), TrafficKind.RETRACTION, "retract", fastenedTo);
            case MUC + "#user" -> {
                if (parent.equals(namespace) && exchange.kind() == StanzaKind.MESSAGE && (name.equals("invite") || name.equals("decline"))) {
                    is(TrafficKind.INVITATION);
                }
            }
            default -> { }
        }
    }

    /** A proxy is to pass bytes on between the sender and somebody (XEP-0065, section 6.3.5). Which of two addresses it would take is its own affair. */
    private void activates() throws StanzaReader.Unreadable {
        if (target != null) {
            throw new StanzaReader.Unreadable("it activates a bytestream with more than one address");
        }
        target = new StringBuilder();
        open = target;
    }

    private Optional<BareJid> target() throws StanzaReader.Unreadable {
        if (target != null && target.length() > LONGEST_ADDRESS) {
            throw new StanzaReader.Unreadable("it activates a bytestream with an address of more than " + LONGEST_ADDRESS + " characters");
        }
        try {
            return target == null ? Optional.empty() : Optional.of(JidCreate.from(target.toString().strip()).asBareJid());
        } catch (XmppStringprepException e) {
            throw notAnAddress();
        }
    }

    private static StanzaReader.Unreadable notAnAddress() {
        return new StanzaReader.Unreadable("it activates a bytestream with what is no address");
    }

    /** A moderator's wish, or the room's word that a retraction is one (XEP-0425, sections 4 and 5). */
    private void moderation() {
        if (fastenedTo != null || (relation != null && relation.equals("retract"))) {
            is(TrafficKind.MODERATION);
            refersTo = fastenedTo != null ? fastenedTo : refersTo;
            relation = refersTo == null ? null : "moderate";
        }
    }

    /** Whether text that comes now is looked at. What is too long is kept long enough to tell. */
    boolean wantsText() {
        return open != null && open.length() <= (open == target ? LONGEST_ADDRESS : LONGEST_TEXT);
    }

    /** Text of the element that has begun last. */
    void text(String text) {
        open.append(text);
    }

    /** An element ends. */
    void ends() {
        open = null;
    }

    StanzaReader.Read read() throws StanzaReader.Unreadable {
        if (hasSubject && !hasBody && exchange.type().equals("groupchat")) {
            is(TrafficKind.SUBJECT);
        }
        if (hasBody) {
            is(TrafficKind.TEXT);
        }
        is(exchange.kind() == StanzaKind.IQ ? TrafficKind.REQUEST : TrafficKind.MESSAGE);
        Optional<String> topic = Optional.ofNullable(thread).map(StanzaFacts::oneLine).filter(StanzaFacts::isOfUse);
        return new StanzaReader.Read(Optional.ofNullable(id), Optional.ofNullable(originId), new Content(what, unreadable, authors),
                new StanzaReader.References(Optional.ofNullable(relation), Optional.ofNullable(refersTo), Optional.ofNullable(repliesTo),
                        Optional.ofNullable(session), topic), List.copyOf(claims),
                files.stream().map(StanzaFacts::oneLine).filter(StanzaFacts::isOfUse).distinct().toList(), target(), isCopy);
    }

    private static String oneLine(StringBuilder text) {
        return BREAKS.matcher(text).replaceAll(" ").strip();
    }

    private static boolean isOfUse(String text) {
        return !text.isEmpty() && text.length() <= LONGEST_TEXT;
    }

    private void is(TrafficKind kind) {
        if (what == null || kind.compareTo(what) < 0) {
            what = kind;
        }
    }

    private void refer(boolean applies, TrafficKind kind, String how, String to) {
        if (applies) {
            is(kind);
            relate(how, to);
        }
    }

    private void relate(String how, String to) {
        if (relation == null && to != null) {
            relation = how;
            refersTo = to;
        }
    }

    private void session(String of) {
        is(TrafficKind.CALL);
        session = session == null ? of : session;
    }

    private void fileSession(String of) {
        is(TrafficKind.FILE);
        session = session == null ? of : session;
    }

    private void unreadableIf(boolean applies, String how) {
        if (applies) {
            is(TrafficKind.ENCRYPTED);
            unreadable = unreadable.isEmpty() ? new HashSet<>() : unreadable;
            unreadable.add(how);
        }
    }

    private static String protocol(String namespace) {
        if (namespace == null) {
            return "unknown";
        }
        return namespace.contains("omemo") || namespace.contains("axolotl") ? "omemo"
                : namespace.contains("openpgp") || namespace.equals("jabber:x:encrypted") ? "openpgp"
                : namespace.contains("otr") ? "otr" : "unknown";
    }
}
