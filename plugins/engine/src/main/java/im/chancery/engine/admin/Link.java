package im.chancery.engine.admin;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.core.BoundedId;
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
 * What links an attempt to others: the ids by which others may refer to it, and what it refers to itself. Thousands are kept at a time, and whoever sends
 * a stanza chooses its ids, so all of them are bounded.
 *
 * @param sender  the sender's real bare address
 * @param names   its own id, its origin-id, and what its room has called it
 * @param session the call or other session that it belongs to
 */
record Link(RecordId id, BareJid sender, Set<String> names, List<Reference> references, Optional<String> session) {
    private static final String ANSWER = "answer";
    private static final String RESEND = "resend";
    /** Only who has said something corrects or takes it back so. */
    private static final Set<String> OF_THE_SAME_SENDER = Set.of("correct", "retract");
    /** Only whom it was for tells so. */
    private static final Set<String> OF_ANOTHER_SENDER = Set.of("receive", ANSWER);

    /** What a record does to another; {@code to} is the other's id, or for a resend its record id. */
    record Reference(String how, String to) {
    }

    static Link of(ArchivedRecord attempt) {
        Map<String, String> fields = attempt.record().fields();
        Set<String> names = new HashSet<>();
        id(fields, Fields.STANZA_ID).ifPresent(names::add);
        id(fields, Fields.ORIGIN_ID).ifPresent(names::add);
        List<Reference> references = new ArrayList<>();
        id(fields, Fields.REFERS_TO).ifPresent(to -> references.add(new Reference(fields.get(Fields.RELATION), to)));
        id(fields, Fields.REPLIES_TO).ifPresent(to -> references.add(new Reference("reply", to)));
        Optional.ofNullable(fields.get(Fields.RESEND_OF)).ifPresent(to -> references.add(new Reference(RESEND, to)));
        return new Link(attempt.id(), JidCreate.fromOrThrowUnchecked(fields.get(Fields.FROM)).asBareJid(), names, references, id(fields, Fields.SESSION));
    }

    private static Optional<String> id(Map<String, String> fields, String field) {
        return Optional.ofNullable(fields.get(field)).map(BoundedId::of);
    }

    /** The same with what its room has called it, if it has. */
    Link called(String name) {
        if (name == null) {
            return this;
        }
        Set<String> all = new HashSet<>(names);
        all.add(BoundedId.of(name));
        return new Link(id, sender, all, references, session);
    }

    /** What a reference to this one may say: a name, or for a resend the record's id. */
    Set<String> labels() {
        Set<String> labels = new HashSet<>(names);
        labels.add(id.toString());
        return labels;
    }

    boolean touches(Link other) {
        return pointsTo(other) || other.pointsTo(this) || (session.isPresent() && session.equals(other.session));
    }

    private boolean pointsTo(Link other) {
        for (Reference reference : references) { // no stream: thousands are held against thousands
            if (does(reference, other)) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of this one's references is to the other. */
    boolean does(Reference reference, Link other) {
        if (other.id.equals(id)) {
            return false;
        }
        if (reference.how().equals(RESEND)) {
            return other.id.toString().equals(reference.to());
        }
        boolean isSame = sender.equals(other.sender);
        return other.names.contains(reference.to()) && (isSame || !OF_THE_SAME_SENDER.contains(reference.how()))
                && !(isSame && OF_ANOTHER_SENDER.contains(reference.how()));
    }
}
