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
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jxmpp.jid.BareJid;

/** Makes the record of an attempt: who, to whom, what, and the decision with its rules. */
final class AttemptRecords {
    /** The record class that every config has. */
    static final String DEFAULT_CLASS = "default";

    private AttemptRecords() {
    }

    /**
     * The record of one attempt.
     *
     * @param stanza      what its stanza says of itself
     * @param judged      what was decided, with what extensions say of it
     * @param recordClass its record class
     * @param resendOf    the first attempt, if this is a resend
     */
    static NewRecord of(Exchange exchange, StanzaReader.Read stanza, Judged judged, String recordClass, Optional<RecordId> resendOf) {
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
        stanza.relation().ifPresent(relation -> fields.put(Fields.RELATION, relation));
        stanza.refersTo().ifPresent(id -> fields.put(Fields.REFERS_TO, id));
        judged.annotations().forEach((key, value) -> fields.put(Fields.ANNOTATION + key, value));
        if (!judged.failures().isEmpty()) {
            fields.put(Fields.FAILED_EXTENSIONS, String.join(" ", judged.failures()));
        }
        resendOf.ifPresent(id -> fields.put(Fields.RESEND_OF, id.toString()));
        return new NewRecord(RecordType.ATTEMPT, recordClass, people(exchange), exchange.room().map(RoomSnapshot::room), fields, exchange.stanza());
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
