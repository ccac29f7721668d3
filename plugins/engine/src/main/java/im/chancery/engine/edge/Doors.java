package im.chancery.engine.edge;

import im.chancery.core.StanzaKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.jid.parts.Domainpart;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Which stanzas are asked about, and what becomes of the others, so that no content leaves by a way that policy doesn't see. Asked, where a person,
 * another server or an external component sends it:
 * <ul>
 * <li>message: all but type {@code error}
 * <li>presence with an address: available, subscribe, subscribed, unsubscribe, unsubscribed, probe
 * <li>presence unavailable to an address to which the sender's hasn't gone since the last one: an address alone can say something
 * <li>iq get and set from outside, whatever they are for: a stranger learns nothing of this house; to another person's address, bare or full, here or elsewhere, to
 * another server or an external component as such, and to an occupant of a room; set to a room as such, since
 * its occupants read the reason of a kick, and to a service that has an address with a localpart, since an admin's command may bring words; set that
 * publishes (XEP-0060, XEP-0054, XEP-0292), stores (XEP-0049; RFC 6121, section 2), commands (XEP-0050) or has a proxy pass bytes on (XEP-0065), wherever, since it may come to others; what
 * asks for a place to upload a file (XEP-0363), wherever, since it has the file's name; what has not exactly one child, which may be any of these
 * <li>error and iq result to another person's address, another server, an external component, a room or an occupant, and all from outside: only as the answer
 * to a stanza that was delivered, once; an error is cut down before. An error that isn't an iq to a host here passes so, too, unasked: some read it as what it isn't
 * </ul>
 * Presence and iq of a type that they don't have end here. The rest goes on: presence to nobody (each subscriber's is decided again on its way), other unavailable
 * presence (told where it leaves a room; all of it loses its words, since most isn't held, and what a room elsewhere says in it is made anew, or asked about:
 * {@link Occupancy}), a client's other iq to the own account, to a host
 * here that others don't run, or a room as such. The same rules in Lua are those of {@code question.lib.lua} and {@code doors.lib.lua}; tests/vectors/edge holds both to one
 * table. Safe for many threads.
 */
final class Doors {
    /**
     * What becomes of a stanza: it is asked about in its stream's order or, an answer, beside its stream; it goes on; it goes on, and the engine is told;
     * it ends here.
     */
    enum Fate {
        ASK, ASK_BESIDE, PASS, TELL, DROP
    }

    private static final Set<String> ASKED_PRESENCE = Set.of("", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe");
    /** Types of presence by which somebody goes, or isn't there. */
    static final Set<String> GOODBYES = Set.of("unavailable", "error");
    private static final Set<String> IQ_TYPES = Set.of("get", "set", "result", "error");
    private static final Set<String> PUBLISHING = Set.of("http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#owner",
            "vcard-temp", "urn:ietf:params:xml:ns:vcard-4.0", "jabber:iq:private", "jabber:iq:roster", "http://jabber.org/protocol/commands",
            "http://jabber.org/protocol/bytestreams");
    private static final Set<String> UPLOADING = Set.of("urn:xmpp:http:upload:0", "urn:xmpp:http:upload");
    private static final String STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
    private static final Set<String> ERROR_TYPES = Set.of("auth", "cancel", "continue", "modify", "wait");
    /** RFC 6120, section 8.3.3. */
    private static final Set<String> ERROR_CONDITIONS = Set.of("bad-request", "conflict", "feature-not-implemented", "forbidden", "gone",
            "internal-server-error", "item-not-found", "jid-malformed", "not-acceptable", "not-allowed", "not-authorized", "policy-violation",
            "recipient-unavailable", "redirect", "registration-required", "remote-server-not-found", "remote-server-timeout", "resource-constraint",
            "service-unavailable", "subscription-required", "undefined-condition", "unexpected-request");
    /** An iq's answer must come; a message's or presence's is an error, which seldom does. */
    private static final int MOST_REMEMBERED = 40_000;
    private static final int MOST_SHOWN = 200_000;
    /** In characters; nothing answers a stanza with a longer one, or a client's ids could fill the memory. */
    private static final int LONGEST_ID = 1_024;

    private final EdgeHost host;
    private final Map<StanzaKind, Recall> answerable = new EnumMap<>(StanzaKind.class);
    /** To whom whose presence has gone: a goodbye under the same address tells them nothing new. */
    private final Recall shown = new Recall(MOST_SHOWN);
    /** To whom whose goodbye has passed here, and is on its way to them. */
    private final Recall leaving = new Recall(MOST_REMEMBERED);
    /** The ids of clients' goodbyes to addresses elsewhere. They are words for others; but who leaves a room may wait for a goodbye of the room's with it. */
    private final Recall left = new Recall(MOST_REMEMBERED);

    Doors(EdgeHost host) {
        this.host = host;
        for (StanzaKind kind : StanzaKind.values()) {
            answerable.put(kind, new Recall(MOST_REMEMBERED));
        }
    }

    /** Decides what becomes of a stanza, and narrows it where it goes on without being asked about. */
    Fate fate(EdgeStanza stanza, Jid from, Jid to, Edge.Source source) {
        if (!isOfRfc(stanza)) {
            return Fate.DROP;
        }
        boolean isOutside = source != Edge.Source.CLIENT;
        if (isAsked(stanza, from, to, isOutside)) {
            stanza.size(); // what is too deep to be written is refused here, where somebody ends it
            return Fate.ASK;
        }
        if (isAnswer(stanza) && (isOutside || isPerson(to, from) || isHostOfOthers(to))) {
            return narrow(stanza, isOutside ? from.asBareJid() : from, to, Fate.ASK_BESIDE);
        }
        if (stanza.type().equals("error") && stanza.kind() != StanzaKind.IQ && isHost(to)) {
            return narrow(stanza, from, to, Fate.PASS);
        }
        if (stanza.kind() == StanzaKind.PRESENCE && stanza.type().equals("unavailable")) {
            Optional<EdgeElement> said = isOutside ? Occupancy.saidIn(stanza) : Optional.empty();
            Optional<EdgeElement> plain = said.map(Occupancy::plain);
            Fate fate = stanza.isAddressed() ? goodbye(from, to, said.equals(plain)) : Fate.PASS;
            String own = isOutside ? left.take(key("", to, from)) : "";
            if (!isOutside && isPerson(to, from) && !stanza.id().isEmpty() && stanza.id().length() <= LONGEST_ID) {
                left.remember(key("", from, to), stanza.id());
            }
            stanza.strip(own, fate == Fate.ASK ? said : fate == Fate.PASS ? plain : Optional.empty());
            return fate;
        }
        return Fate.PASS;
    }

    private Fate goodbye(Jid from, Jid to, boolean isPlain) {
        if (!isPerson(to, from) && !isHostOfOthers(to) && (to.asBareJid().equals(from.asBareJid()) || to.getResourceOrNull() == null)) {
            return Fate.PASS; // nobody else reads it
        }
        if (host.isRoomService(to.getDomain().toString())) {
            return Fate.TELL;
        }
        return isPlain && leaves(from, to) ? Fate.PASS : Fate.ASK;
    }

    /** Whether a goodbye goes to whoever has seen the presence; it then counts as on its way to them. */
    private boolean leaves(Jid from, Jid to) {
        boolean isSeen = shown.forget(key("", from, to));
        if (isSeen) {
            leaving.remember(key("", from, to));
        }
        return isSeen;
    }

    /**
     * Whether a refused stanza is a goodbye from outside that goes on, without words, since its recipient has seen the presence: for them its sender would never go.
     * Asked when what came before it has gone on.
     */
    boolean goesOnRefused(EdgeStanza stanza, Jid from, Jid to, Edge.Source source) {
        if (source != Edge.Source.OUTSIDE || stanza.kind() != StanzaKind.PRESENCE || !stanza.type().equals("unavailable") || !leaves(from, to)) {
            return false;
        }
        stanza.strip(stanza.id(), Occupancy.saidIn(stanza).map(Occupancy::plain)); // its own was taken out before
        return true;
    }

    /** Presence, or a goodbye that was asked about, goes on to this very address. */
    void tells(StanzaKind kind, String type, Jid from, Jid to) {
        if (kind == StanzaKind.PRESENCE && type.isEmpty()) {
            shown.remember(key("", from, to));
            if (!host.serves(from.getDomain().toString())) {
                shown.remember(key("", from, to.asBareJid())); // who answers to one client may leave all of that person's
            }
        } else if (kind == StanzaKind.PRESENCE && type.equals("unavailable")) {
            shown.forget(key("", from, to));
            leaving.remember(key("", from, to));
        }
    }

    /** Whether a goodbye that is on its way to an address tells nothing new there, or was let pass. */
    boolean mayLeave(Jid from, Jid to) {
        return shown.knows(key("", from, to)) || leaving.knows(key("", from, to));
    }

    /**
     * Whether a stanza says that one of this server's own has given it an id (XEP-0359, section 2.2), which none can have yet. An external component speaks for
     * its own rooms, and the host for itself.
     *
     * @param by who is said to have given it, as written
     */
    boolean isForged(String by, Jid from, Edge.Source source) {
        try {
            Domainpart domain = JidCreate.from(by).getDomain();
            return source != Edge.Source.HOST && host.serves(domain.toString()) && !(source == Edge.Source.OUTSIDE && from.getDomain().equals(domain));
        } catch (XmppStringprepException e) {
            return false; // nobody's
        }
    }

    /** A stanza goes to somebody here or elsewhere, who may answer it: a client under its full address, a server or component under a bare one. */
    void delivered(StanzaKind kind, String type, String id, Jid from, Jid to) {
        if (!type.equals("error") && !type.equals("result") && id.length() <= LONGEST_ID) {
            answerable.get(kind).remember(key(id, from, to));
        }
    }

    /** Whether it is of a type that iq and presence have (RFC 6120, section 8.2.3; RFC 6121, section 4.7.1): else no rule is about it, but hosts pass it on. */
    private static boolean isOfRfc(EdgeStanza stanza) {
        return switch (stanza.kind()) {
            case MESSAGE -> true;
            case PRESENCE -> ASKED_PRESENCE.contains(stanza.type()) || GOODBYES.contains(stanza.type());
            case IQ -> IQ_TYPES.contains(stanza.type());
        };
    }

    private boolean isAsked(EdgeStanza stanza, Jid from, Jid to, boolean isOutside) {
        return switch (stanza.kind()) {
            case MESSAGE -> !stanza.type().equals("error");
            case PRESENCE -> stanza.isAddressed() && ASKED_PRESENCE.contains(stanza.type());
            case IQ -> !isAnswer(stanza) && (isOutside || isAskedIq(stanza, from, to));
        };
    }

    private boolean isAskedIq(EdgeStanza stanza, Jid from, Jid to) {
        boolean isSet = stanza.type().equals("set");
        String payload = stanza.payloadNamespace();
        if (payload.isEmpty() || UPLOADING.contains(payload) || (isSet && PUBLISHING.contains(payload))) {
            return true;
        }
        if (isHost(to) || to.asBareJid().equals(from.asBareJid())) {
            return isHostOfOthers(to);
        }
        return isSet || (isPerson(to, from) && (to.getResourceOrNull() != null || !host.isRoomService(to.getDomain().toString())));
    }

    /** Whether an address is a person's, an occupant's or a room's, as opposed to a host's, a service's or the own account's. */
    private boolean isPerson(Jid to, Jid from) {
        return !isHost(to) && !to.asBareJid().equals(from.asBareJid()) && !host.isService(to);
    }

    /** Whether an address is a server's or a component's as such. */
    private static boolean isHost(Jid to) {
        return to.getLocalpartOrNull() == null;
    }

    /** Whether others run what has this address, and read what comes there: another server, or an external component, though this server serves its domain. */
    private boolean isHostOfOthers(Jid to) {
        String domain = to.getDomain().toString();
        return isHost(to) && (!host.serves(domain) || !host.isOwn(domain) && !host.isComponent(domain));
    }

    private static boolean isAnswer(EdgeStanza stanza) {
        return stanza.type().equals("error") || (stanza.kind() == StanzaKind.IQ && stanza.type().equals("result"));
    }

    /** Leaves of an answer what it may say. @return what becomes of it; it ends here if it answers nothing */
    private Fate narrow(EdgeStanza stanza, Jid from, Jid to, Fate ofAnswers) {
        if (!answers(stanza, from, to)) {
            return Fate.DROP;
        }
        if (stanza.type().equals("error")) {
            String type = ERROR_TYPES.contains(stanza.errorType()) ? stanza.errorType() : "cancel";
            String condition = ERROR_CONDITIONS.contains(stanza.errorCondition()) ? stanza.errorCondition() : "undefined-condition";
            stanza.strip(stanza.id(), Optional.of(new EdgeElement("error", stanza.element().namespace(), Map.of("type", type),
                    List.of(new EdgeElement(condition, STANZA_ERRORS, Map.of(), List.of(), "")), "")));
        }
        stanza.size(); // as above
        return ofAnswers;
    }

    /** Whether this answers something, which it does once; without an id it can't be told what, so that stays open. */
    private boolean answers(EdgeStanza stanza, Jid from, Jid to) {
        Recall asked = answerable.get(stanza.kind());
        String what = key(stanza.id(), to, from);
        return stanza.id().isEmpty() ? asked.knows(what) : asked.forget(what);
    }

    private static String key(String id, Jid from, Jid to) {
        return id + '\0' + from + '\0' + to;
    }
}
