package im.chancery.roles;

import im.chancery.core.StanzaKind;
import im.chancery.roles.RuleIndex.Placed;

/** What the rules say of one address reaching another. Immutable. */
final class PairCheck {
    private final RuleIndex index;

    PairCheck(RuleIndex index) {
        this.index = index;
    }

    /**
     * Notes every rule that decides whether {@code from} may reach {@code to} with this kind of stanza; at least one.
     *
     * @param readable whether all of its content can be read
     */
    void check(Placed from, Placed to, StanzaKind kind, boolean readable, Findings findings) {
        Standing a = from.subject().standing();
        Standing b = to.subject().standing();
        // A stranger learns nothing more: not even whether the address it asks for exists.
        if (a == Standing.STRANGER || b == Standing.STRANGER) {
            findings.note(Builtin.UNKNOWN_PARTNER);
            return;
        }
        if (isSelf(from.subject(), to.subject())) {
            if (!readable) {
                index.onUnreadable(from, to, findings::note); // others may fetch what somebody publishes
            }
            findings.note(Builtin.SELF);
            return;
        }
        if (a == Standing.UNKNOWN || b == Standing.UNKNOWN) {
            findings.note(Builtin.UNKNOWN_SUBJECT);
            return;
        }
        index.between(from, to, kind, readable, findings::note);
        if (a == Standing.PARTNER) {
            findings.note(index.admitting(from.subject()));
        }
        if (b == Standing.PARTNER) {
            findings.note(index.admitting(to.subject()));
        }
        if (a != Standing.PARTNER && b != Standing.PARTNER) {
            findings.note(a == Standing.PERSON && b == Standing.PERSON ? Builtin.HOUSE : Builtin.SERVICE);
        }
    }

    static boolean isSelf(Subject from, Subject to) {
        return from.address().equals(to.address());
    }
}
