package im.chancery.engine.edge;

import im.chancery.core.StanzaKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jxmpp.jid.Jid;

/**
 * Which stanzas are asked about, and what becomes of the others, so that no content leaves by a way that policy doesn't see. Asked, where a person,
 * another server or an external component sends it:
 * <ul>
 * <li>message: all but type {@code error}
 * <li>presence with an address: available, subscribe, subscribed, unsubscribe, unsubscribed, probe
 * <li>iq get and set to another person's address, bare or full, here or elsewhere, and to an occupant of a room; set to a room as such, since
 * its occupants read the reason of a kick, and to a service that has an address with a localpart, since an admin's command may bring words; set that publishes (XEP-0060, XEP-0054, XEP-0292), wherever, since others fetch it
 * <li>error and iq result: only as the answer to a stanza that was delivered, once; an error is cut down before
 * </ul>
 * The rest goes on: presence to nobody (each subscriber's is decided again on its way), unavailable presence (which loses its words unless
 * the same stream's presence to that address was allowed), other iq to the own account, to a host or a room as such. The same rules in Lua are those of
 * {@code question.lib.lua} and {@code doors.lib.lua}; tests/vectors/edge holds both to one table. Safe for many threads.
 */
final class Doors {
    /** What becomes of a stanza: it is asked about, goes on, or ends here. */
    enum Fate {
        ASK, PASS, DROP
    }

    private static final Set<String> ASKED_PRESENCE = Set.of("", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe");
    private static final Set<String> PUBLISHING = Set.of("http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#owner",
            "vcard-temp", "urn:ietf:params:xml:ns:vcard-4.0");
    private static final Set<String> ERROR_TYPES = Set.of("auth", "cancel", "continue", "modify", "wait");
    /** RFC 6120, section 8.3.3. */
    private static final Set<String> ERROR_CONDITIONS = Set.of("bad-request", "conflict", "feature-not-implemented", "forbidden", "gone",
            "internal-server-error", "item-not-found", "jid-malformed", "not-acceptable", "not-allowed", "not-authorized", "policy-violation",
            "recipient-unavailable", "redirect", "registration-required", "remote-server-not-found", "remote-server-timeout", "resource-constraint",
            "service-unavailable", "subscription-required", "undefined-condition", "unexpected-request");
    /** An iq's answer must come; a message's or presence's is an error, which seldom does. */
    private static final int MOST_REMEMBERED = 40_000;

    private final EdgeHost host;
    private final Map<StanzaKind, Recall> answerable = new EnumMap<>(StanzaKind.class);

    Doors(EdgeHost host) {
        this.host = host;
        for (StanzaKind kind : StanzaKind.values()) {
            answerable.put(kind, new Recall(MOST_REMEMBERED));
        }
    }

    /**
     * Decides what becomes of a stanza, and narrows it where it goes on without being asked about.
     *
     * @param shown addresses that may see this stream's presence; {@code null} for a stream from outside
     */
    Fate fate(EdgeStanza stanza, Jid from, Jid to, Set<String> shown) {
        if (isAsked(stanza, from, to)) {
            return Fate.ASK;
        }
        boolean outside = shown == null;
        if (!outside && (!stanza.isAddressed() || !isPerson(to, from))) {
            if (stanza.kind() == StanzaKind.PRESENCE && !stanza.isAddressed() && stanza.type().equals("unavailable")) {
                stanza.strip(false);
            }
            return Fate.PASS;
        }
        if (isAnswer(stanza)) {
            return judge(stanza, outside ? from.asBareJid() : from, to);
        }
        if (stanza.kind() == StanzaKind.PRESENCE && stanza.type().equals("unavailable") && (outside || !shown.contains(to.toString()))) {
            stanza.strip(false);
        }
        return Fate.PASS;
    }

    /** A stanza goes to somebody here or elsewhere, who may answer it: a client under its full address, a server or component under a bare one. */
    void delivered(StanzaKind kind, String type, String id, Jid from, Jid to) {
        if (!type.equals("error") && !type.equals("result")) {
            answerable.get(kind).remember(key(id, from, to));
        }
    }

    private boolean isAsked(EdgeStanza stanza, Jid from, Jid to) {
        return switch (stanza.kind()) {
            case MESSAGE -> !stanza.type().equals("error");
            case PRESENCE -> stanza.isAddressed() && ASKED_PRESENCE.contains(stanza.type());
            case IQ -> isAskedIq(stanza, from, to);
        };
    }

    private boolean isAskedIq(EdgeStanza stanza, Jid from, Jid to) {
        boolean isSet = stanza.type().equals("set");
        if (!isSet && !stanza.type().equals("get") || stanza.id().isEmpty() || stanza.payloadNamespace().isEmpty()) {
            return false;
        }
        if (isSet && PUBLISHING.contains(stanza.payloadNamespace())) {
            return true;
        }
        if (to.getLocalpartOrNull() == null || to.asBareJid().equals(from.asBareJid())) {
            return false;
        }
        return isSet || isPerson(to, from);
    }

    /** Whether an address is a person's, or an occupant's, as opposed to a host's, a service's, a room's or the own account's. */
    private boolean isPerson(Jid to, Jid from) {
        if (to.getLocalpartOrNull() == null || to.asBareJid().equals(from.asBareJid())) {
            return false;
        }
        return host.isRoomService(to.getDomain().toString()) ? to.getResourceOrNull() != null : !host.isService(to);
    }

    private static boolean isAnswer(EdgeStanza stanza) {
        return stanza.type().equals("error") || (stanza.kind() == StanzaKind.IQ && stanza.type().equals("result"));
    }

    private Fate judge(EdgeStanza stanza, Jid from, Jid to) {
        if (!answers(stanza, from, to)) {
            return Fate.DROP;
        }
        if (stanza.type().equals("error")) {
            stanza.cutDownTo(ERROR_TYPES.contains(stanza.errorType()) ? stanza.errorType() : "cancel",
                    ERROR_CONDITIONS.contains(stanza.errorCondition()) ? stanza.errorCondition() : "undefined-condition");
        }
        return Fate.ASK;
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
