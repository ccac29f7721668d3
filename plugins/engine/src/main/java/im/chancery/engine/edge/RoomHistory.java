package im.chancery.engine.edge;

import im.chancery.core.StanzaKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
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

    private static final String MAM = "urn:xmpp:mam:2";
    private static final String DELAY = "urn:xmpp:delay";
    private static final String STANZA_IDS = "urn:xmpp:sid:0";
    private static final String DISCO = "http://jabber.org/protocol/disco#info";
    private static final List<String> BY = List.of("by", "from", "jid");
    private static final Logger LOG = LoggerFactory.getLogger(RoomHistory.class);
    /** Rooms whose subject's author is known. */
    private static final int CAPACITY = 100_000;

    private final EdgeHost host;
    private final Questions questions;
    private final RoomIds roomIds;
    private final Map<BareJid, BareJid> subjects = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<BareJid, BareJid> eldest) {
            return size() > CAPACITY;
        }
    };

    RoomHistory(EdgeHost host, Questions questions, RoomIds roomIds) {
        this.host = host;
        this.questions = questions;
        this.roomIds = roomIds;
    }

    /** Whether what a room sends to somebody goes on; a subject that isn't for them is taken out. Learns from it who changes subjects, and which ids the room gives. */
    boolean goesOn(EdgeStanza stanza) {
        try {
            Jid speaker = JidCreate.from(stanza.from());
            BareJid reader = JidCreate.from(stanza.to()).asBareJid();
            if (stanza.kind() == StanzaKind.MESSAGE) {
                return goesOn(stanza, stanza.element(), speaker, reader);
            }
            if (stanza.kind() == StanzaKind.IQ && saysSubject(stanza.element())) {
                judgeSubject(stanza, speaker.asBareJid(), reader);
            }
            return true;
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    private boolean goesOn(EdgeStanza stanza, EdgeElement message, Jid speaker, BareJid reader) {
        BareJid room = speaker.asBareJid();
        Optional<EdgeElement> found = message.child("result", MAM);
        if (found.isPresent()) {
            return mayRead(found.flatMap(result -> author(room, result)), reader);
        }
        if (!stanza.type().equals("groupchat")) {
            return true;
        }
        boolean isKept = message.child("delay", DELAY).filter(delay -> isOf(room, delay)).isPresent();
        if (message.child("subject", message.namespace()).isPresent() && message.child("body", message.namespace()).isEmpty()) {
            if (isKept) {
                judgeSubject(stanza, room, reader);
            } else {
                changesSubject(speaker);
            }
            return true;
        }
        Optional<EdgeElement> given = message.children().stream().filter(id -> id.name().equals("stanza-id") && id.namespace().equals(STANZA_IDS) && isOf(room, id)).findFirst();
        if (isKept) {
            return mayRead(given.flatMap(id -> author(room, id)), reader);
        }
        given.map(id -> id.attributes().get("id")).ifPresent(id -> roomIds.delivered(speaker, stanza.id(), id));
        return true;
    }

    /** By whichever attribute it is that an element names a room. */
    private static boolean isOf(BareJid room, EdgeElement element) {
        return BY.stream().map(element.attributes()::get).anyMatch(room.toString()::equals);
    }

    private static boolean saysSubject(EdgeElement iq) {
        return iq.child("query", DISCO).flatMap(query -> query.child("x", "jabber:x:data")).stream().flatMap(form -> form.children().stream())
                .anyMatch(field -> SUBJECT_FIELD.equals(field.attributes().get("var")));
    }

    private void changesSubject(Jid speaker) {
        Optional<BareJid> who = host.realAddress(speaker);
        synchronized (subjects) {
            who.ifPresentOrElse(author -> subjects.put(speaker.asBareJid(), author), () -> subjects.remove(speaker.asBareJid()));
        }
    }

    private void judgeSubject(EdgeStanza stanza, BareJid room, BareJid reader) {
        Optional<BareJid> author;
        synchronized (subjects) {
            author = Optional.ofNullable(subjects.get(room));
        }
        if (!mayRead(author, reader)) {
            stanza.withoutSubject(SUBJECT_FIELD);
        }
    }

    private Optional<BareJid> author(BareJid room, EdgeElement named) {
        try {
            return Optional.ofNullable(named.attributes().get("id")).flatMap(id -> host.author(room, id));
        } catch (RuntimeException e) {
            LOG.warn("who has said something in a room can't be told, so it isn't shown", e);
            return Optional.empty();
        }
    }

    private boolean mayRead(Optional<BareJid> author, BareJid reader) {
        return author.isPresent() && (author.get().equals(reader) || questions.isAllowedNow(questions.aboutWords(author.get(), reader)));
    }
}
