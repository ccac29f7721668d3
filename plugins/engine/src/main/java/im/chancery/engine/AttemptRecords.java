package im.chancery.engine;

import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RecordId;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaError;
import im.chancery.engine.extension.Judged;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/** Makes the record of an attempt: who, to whom, what, and the decision with its rules. Immutable. */
final class AttemptRecords {
    /** The record class that every config has. */
    static final String DEFAULT_CLASS = "default";

    private final Set<DomainBareJid> people;
    private final Set<DomainBareJid> services;

    /**
     * @param people   the domains whose addresses are people of the house
     * @param services the domains of its rooms and other services
     */
    AttemptRecords(Set<DomainBareJid> people, Set<DomainBareJid> services) {
        this.people = Set.copyOf(people);
        this.services = Set.copyOf(services);
    }

    /**
     * The record of one attempt.
     *
     * @param stanza      what its stanza says of itself
     * @param judged      what was decided, with what extensions say of it
     * @param recordClass its record class
     * @param resendOf    the first attempt, if this is a resend
     */
    NewRecord of(Exchange exchange, StanzaReader.Read stanza, Judged judged, String recordClass, Optional<RecordId> resendOf) {
        Decision decision = judged.decision();
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put(Fields.FROM, exchange.from().toString());
        fields.put(Fields.TO, exchange.to().toString());
        exchange.recipient().ifPresent(r -> fields.put(Fields.RECIPIENT, r.toString()));
        fields.put(Fields.KIND, word(exchange.kind()));
        fields.put(Fields.TYPE, exchange.type());
        fields.put(Fields.DIRECTION, word(exchange.direction()));
        fields.put(Fields.PLACE, word(exchange.place()));
        fields.put(Fields.EFFECT, word(decision.effect()));
        fields.put(Fields.RULES, ids(decision, rule -> !rule.shadow()));
        String shadow = ids(decision, DeterminingRule::shadow);
        if (!shadow.isEmpty()) {
            fields.put(Fields.SHADOW_RULES, shadow);
        }
        decision.error().map(StanzaError::text).ifPresent(text -> fields.put(Fields.REASON, text));
        stanza.id().ifPresent(id -> fields.put(Fields.STANZA_ID, id));
        stanza.originId().ifPresent(id -> fields.put(Fields.ORIGIN_ID, id));
        what(exchange, stanza, fields);
        references(stanza.references(), fields);
        judged.annotations().forEach((key, value) -> fields.put(Fields.ANNOTATION + key, value));
        put(fields, Fields.FAILED_EXTENSIONS, String.join(" ", judged.failures()));
        resendOf.ifPresent(id -> fields.put(Fields.RESEND_OF, id.toString()));
        return new NewRecord(RecordType.ATTEMPT, recordClass, people(exchange), exchange.room().map(RoomSnapshot::room), fields, exchange.stanza());
    }

    private void what(Exchange exchange, StanzaReader.Read stanza, SortedMap<String, String> fields) {
        if (stanza != StanzaReader.Read.NOTHING) {
            fields.put(Fields.WHAT, stanza.content().what().token());
        }
        put(fields, Fields.UNREADABLE, String.join(" ", new TreeSet<>(stanza.content().unreadable())));
        put(fields, Fields.AUTHORS, stanza.content().authors().stream().map(BareJid::toString).sorted().collect(Collectors.joining(" ")));
        put(fields, Fields.FILES, String.join("\n", stanza.files()));
        put(fields, Fields.FORGED_IDS, stanza.claims().stream().filter(by -> isForged(by, exchange.from())).sorted().distinct().collect(Collectors.joining(" ")));
    }

    /**
     * Whether a stanza says that somebody of the house has given it an id (XEP-0359, section 2.2), who can't have had it yet. An external component may
     * speak for the rooms that it has.
     */
    private boolean isForged(String by, Jid from) {
        try {
            DomainBareJid domain = JidCreate.from(by).asDomainBareJid();
            boolean isOurs = people.contains(domain) || services.contains(domain);
            return isOurs && !(services.contains(domain) && from.asDomainBareJid().equals(domain));
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    private static void references(StanzaReader.References references, SortedMap<String, String> fields) {
        references.relation().ifPresent(relation -> fields.put(Fields.RELATION, relation));
        references.refersTo().ifPresent(id -> fields.put(Fields.REFERS_TO, id));
        references.repliesTo().ifPresent(id -> fields.put(Fields.REPLIES_TO, id));
        references.session().ifPresent(id -> fields.put(Fields.SESSION, id));
        references.thread().ifPresent(id -> fields.put(Fields.THREAD, id));
    }

    private static void put(SortedMap<String, String> fields, String name, String value) {
        if (!value.isEmpty()) {
            fields.put(name, value);
        }
    }

    /**
     * Everybody under whose name a custodian search must find it: the sender, and whoever would have received it. To a
     * room these are its occupants at that moment.
     */
    private static Set<BareJid> people(Exchange exchange) {
        Set<BareJid> people = new HashSet<>();
        people.add(exchange.from().asBareJid());
        if (exchange.place() == Place.DIRECT) {
            people.add(exchange.to().asBareJid());
        }
        exchange.recipient().ifPresent(people::add);
        if (exchange.place() == Place.ROOM) {
            exchange.room().ifPresent(room -> people.addAll(room.occupants()));
        }
        return people;
    }

    private static String ids(Decision decision, Predicate<DeterminingRule> which) {
        return decision.rules().stream().filter(which).map(DeterminingRule::id).collect(Collectors.joining(" "));
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
