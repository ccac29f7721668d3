package im.chancery.engine.edge;

import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.engine.Unquoted;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import org.jxmpp.util.XmppStringUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may read what a room keeps of what was said in it, and its subject (XEP-0045, sections 7.2.14 and 7.2.15; XEP-0313): whom its author may reach now. Who
 * enters is asked about for those who are in, not for those who have left their words there. What nobody is known to have said is for nobody. A kept message is told
 * from what is said now by the delay in it, which the room service lets nobody else put there. Safe for
 * many threads; waits for the host's own store.
 */
final class RoomHistory {
    /** The field of a room's disco#info that has its subject (XEP-0045, section 6.4). */
    private static final String SUBJECT_FIELD = "muc#roominfo_subject";

    private static final String MAM = "urn:xmpp:mam:";
    private static final String DELAY = "urn:xmpp:delay";
    private static final String STANZA_IDS = "urn:xmpp:sid:0";
    private static final String DISCO = "http://jabber.org/protocol/disco#info";
    private static final List<String> BY = List.of("by", "from", "jid");
    private static final Logger LOG = LoggerFactory.getLogger(RoomHistory.class);
    private static final int CAPACITY = 10_000;

    private final EdgeHost host;
    private final Questions questions;
    private final RoomIds roomIds;
    /** The newest subjects that have gone to rooms, with those who have said them. A room keeps of whom it has taken its subject by nickname only. */
    private final Map<Subject, Set<BareJid>> subjects = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Subject, Set<BareJid>> eldest) {
            return size() > CAPACITY;
        }
    };

    private record Subject(BareJid room, String hash) {
    }

    RoomHistory(EdgeHost host, Questions questions, RoomIds roomIds) {
        this.host = host;
        this.questions = questions;
        this.roomIds = roomIds;
    }

    /** Whether what one of this server's services sends to somebody goes on, if it is a room; a subject that isn't for them is taken out. Learns from it which ids the room gives. */
    boolean goesOn(EdgeStanza stanza) {
        if (!host.isRoomService(XmppStringUtils.parseDomain(stanza.from()))) {
            return true;
        }
        try {
            Jid speaker = JidCreate.from(stanza.from());
            BareJid reader = JidCreate.from(stanza.to()).asBareJid();
            if (stanza.kind() == StanzaKind.MESSAGE) {
                return goesOn(stanza, stanza.element(), speaker, reader);
            }
            if (stanza.kind() == StanzaKind.IQ) {
                judgeForm(stanza, speaker.asBareJid(), reader);
            }
            return true;
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    private boolean goesOn(EdgeStanza stanza, EdgeElement message, Jid speaker, BareJid reader) {
        BareJid room = speaker.asBareJid();
        Optional<EdgeElement> found = children(message, "result").filter(result -> result.namespace().startsWith(MAM)).findFirst();
        if (found.isPresent()) {
            return mayRead(room, message, found.get(), reader);
        }
        if (!stanza.type().equals("groupchat")) {
            return true;
        }
        Optional<EdgeElement> given = children(message, "stanza-id").filter(id -> id.namespace().equals(STANZA_IDS) && isOf(room, id)).findFirst();
        if (message.child("delay", DELAY).filter(delay -> isOf(room, delay)).isEmpty()) {
            given.map(id -> id.attributes().get("id")).ifPresent(id -> roomIds.delivered(speaker, stanza.id(), id));
            return true;
        }
        if (given.isPresent()) {
            return mayRead(room, message, given.get(), reader);
        }
        List<EdgeElement> subject = children(message, "subject").toList();
        if (subject.isEmpty() || children(message, "body").findAny().isPresent()) {
            return false;
        }
        if (!subject.stream().allMatch(words -> mayReadSubject(room, words.text(), reader))) {
            stanza.withoutSubject(SUBJECT_FIELD);
        }
        return true;
    }

    private static Stream<EdgeElement> children(EdgeElement of, String name) {
        return of.children().stream().filter(child -> child.name().equals(name));
    }

    /** By whichever attribute it is that an element names a room; what can't be told counts as of the room. */
    private static boolean isOf(BareJid room, EdgeElement element) {
        return BY.stream().map(element.attributes()::get).filter(Objects::nonNull).anyMatch(address -> {
            try {
                return JidCreate.bareFrom(address).equals(room);
            } catch (XmppStringprepException e) {
                return true;
            }
        });
    }

    private void judgeForm(EdgeStanza iq, BareJid room, BareJid reader) {
        Stream<EdgeElement> fields = iq.element().child("query", DISCO).flatMap(query -> query.child("x", "jabber:x:data")).stream().flatMap(form -> children(form, "field"));
        if (!fields.filter(field -> SUBJECT_FIELD.equals(field.attributes().get("var"))).flatMap(field -> children(field, "value"))
                .allMatch(value -> mayReadSubject(room, value.text(), reader))) {
            iq.withoutSubject(SUBJECT_FIELD);
        }
    }

    /** A message goes on to a room, which may take its subject for its own, whatever else is in it. */
    void goesToRoom(Held held) {
        if (held.located().place() == Place.ROOM && held.stanza().kind() == StanzaKind.MESSAGE) {
            children(held.stanza().element(), "subject").forEach(subject -> {
                Subject said = new Subject(held.to().asBareJid(), hash(subject.text()));
                synchronized (subjects) {
                    subjects.computeIfAbsent(said, s -> new HashSet<>()).add(held.from().asBareJid());
                }
            });
        }
    }

    /** Whoever has said the same counts: which of them the room has taken it from can't be told. */
    private boolean mayReadSubject(BareJid room, String text, BareJid reader) {
        Subject said = new Subject(room, hash(text));
        Set<BareJid> authors;
        synchronized (subjects) {
            authors = Set.copyOf(subjects.getOrDefault(said, Set.of()));
        }
        return text.isEmpty() || !authors.isEmpty() && authors.stream().allMatch(author -> mayRead(Optional.of(author), reader));
    }

    private static String hash(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a moderator has removed is kept with their words under its author's name. */
    private static boolean isModerated(EdgeElement element) {
        boolean found = element.name().equals("moderated");
        for (EdgeElement child : element.children()) { // no stream in a stream: it may be deep, and a host's stacks small
            found |= isModerated(child);
        }
        return found;
    }

    private boolean mayRead(BareJid room, EdgeElement message, EdgeElement named, BareJid reader) {
        return !isModerated(message) && mayRead(author(room, named), reader);
    }

    private Optional<BareJid> author(BareJid room, EdgeElement named) {
        try {
            return Optional.ofNullable(named.attributes().get("id")).flatMap(id -> host.author(room, id));
        } catch (RuntimeException e) {
            LOG.warn("who has said something in a room can't be told, so it isn't shown", Unquoted.of(e, LOG));
            return Optional.empty();
        }
    }

    private boolean mayRead(Optional<BareJid> author, BareJid reader) {
        return author.isPresent() && (author.get().equals(reader) || questions.isAllowedNow(questions.aboutWords(author.get(), reader)));
    }
}
