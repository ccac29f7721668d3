package im.chancery.engine.edge;

import java.util.LinkedHashMap;
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
 * enters is asked about for those who are in, not for those who have left their words there. What nobody is known to have said is for nobody. Safe for
 * many threads; waits for the host's own store.
 */
public final class RoomHistory {
    private static final Logger LOG = LoggerFactory.getLogger(RoomHistory.class);
    /** Rooms whose subject's author is known. */
    private static final int CAPACITY = 100_000;

    private final EdgeHost host;
    private final Questions questions;
    private final Map<BareJid, BareJid> subjects = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<BareJid, BareJid> eldest) {
            return size() > CAPACITY;
        }
    };

    RoomHistory(EdgeHost host, Questions questions) {
        this.host = host;
        this.questions = questions;
    }

    /** An occupant, by address in the room, has just changed its subject. */
    public void changesSubject(String occupant) {
        try {
            Jid speaker = JidCreate.from(occupant);
            Optional<BareJid> who = host.realAddress(speaker);
            synchronized (subjects) {
                who.ifPresentOrElse(author -> subjects.put(speaker.asBareJid(), author), () -> subjects.remove(speaker.asBareJid()));
            }
        } catch (XmppStringprepException e) {
            LOG.debug("a subject of somebody whose address is none by RFC 7622");
        }
    }

    /** Whether somebody, by full or bare address, may read a room's subject. */
    public boolean mayReadSubject(String room, String reader) {
        try {
            Optional<BareJid> author;
            synchronized (subjects) {
                author = Optional.ofNullable(subjects.get(JidCreate.bareFrom(room)));
            }
            return mayRead(author, reader);
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    /**
     * Whether somebody may read a message that a room keeps.
     *
     * @param id     what the room calls it (XEP-0359), or null
     * @param reader a full or bare address
     */
    public boolean mayRead(String room, String id, String reader) {
        try {
            return id != null && mayRead(host.author(JidCreate.bareFrom(room), id), reader);
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    private boolean mayRead(Optional<BareJid> author, String address) throws XmppStringprepException {
        BareJid reader = JidCreate.from(address).asBareJid();
        return author.isPresent() && (author.get().equals(reader) || questions.isAllowedNow(questions.aboutWords(author.get(), reader)));
    }
}
