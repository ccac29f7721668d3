package im.chancery.engine.admin;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.core.RecordId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * What links an attempt to others: the ids by which others may refer to it, and what it refers to itself.
 *
 * @param sender  the sender's real bare address
 * @param names   its own id, its origin-id, and what its room has called it
 * @param session the call or other session that it belongs to
 */
record Link(RecordId id, BareJid sender, Set<String> names, List<Reference> references, Optional<String> session) {
    private static final String ANSWER = "answer";
    /** Only who has said something corrects or takes it back so. */
    private static final Set<String> OF_THE_SAME_SENDER = Set.of("correct", "retract");
    /** Only whom it was for tells so. */
    private static final Set<String> OF_ANOTHER_SENDER = Set.of("receive", ANSWER);

    /** What a record does to another; {@code to} is the other's id, or for a resend its record id. */
    record Reference(String how, String to) {
    }

    static Link of(ArchivedRecord attempt, Optional<String> assigned) {
        Map<String, String> fields = attempt.record().fields();
        Set<String> names = new HashSet<>();
        Optional.ofNullable(fields.get(Fields.STANZA_ID)).ifPresent(names::add);
        Optional.ofNullable(fields.get(Fields.ORIGIN_ID)).ifPresent(names::add);
        assigned.ifPresent(names::add);
        List<Reference> references = new ArrayList<>();
        Optional.ofNullable(fields.get(Fields.RELATION)).ifPresent(how -> references.add(new Reference(how, fields.get(Fields.REFERS_TO))));
        Optional.ofNullable(fields.get(Fields.REPLIES_TO)).ifPresent(to -> references.add(new Reference("reply", to)));
        Optional.ofNullable(fields.get(Fields.RESEND_OF)).ifPresent(to -> references.add(new Reference("resend", to)));
        return new Link(attempt.id(), JidCreate.fromOrThrowUnchecked(fields.get(Fields.FROM)).asBareJid(), names, references,
                Optional.ofNullable(fields.get(Fields.SESSION)));
    }

    boolean touches(Link other) {
        return !pointsTo(other).isEmpty() || !other.pointsTo(this).isEmpty() || (session.isPresent() && session.equals(other.session));
    }

    /** What this does to the other; empty if nothing. */
    List<String> pointsTo(Link other) {
        return references.stream().filter(reference -> pointsTo(reference, other)).map(Reference::how).toList();
    }

    private boolean pointsTo(Reference reference, Link other) {
        if (other.id.equals(id)) {
            return false;
        }
        if (reference.how().equals("resend")) {
            return other.id.toString().equals(reference.to());
        }
        boolean isSame = sender.equals(other.sender);
        return other.names.contains(reference.to()) && (isSame || !OF_THE_SAME_SENDER.contains(reference.how()))
                && !(isSame && OF_ANOTHER_SENDER.contains(reference.how()));
    }
}
