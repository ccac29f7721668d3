package im.chancery.roles;

import im.chancery.core.DeterminingRule;
import im.chancery.core.StanzaKind;
import java.util.Optional;
import java.util.Set;

/**
 * A rule that keeps two sides apart. Barriers, room membership and the limits of a partner are all of this form, so that
 * there is one way to decide and one to explain.
 *
 * @param rule         what a decision shows of it
 * @param from         who may not reach
 * @param to           whom
 * @param bothWays     whether {@code to} may not reach {@code from} either
 * @param kinds        what it stops
 * @param onUnreadable whether it stops only what has content that can't be read, and then what somebody sends to themselves too
 * @param namesAddress whether it tells of single addresses, so that its reason may not be told to people of a room
 */
record Rule(DeterminingRule rule, Side from, Side to, boolean bothWays, Set<StanzaKind> kinds, boolean onUnreadable, boolean namesAddress) {
    /** Everybody whom the policy knows, rooms and services too. */
    static final Side ANYBODY = subject -> subject.standing() == Standing.UNKNOWN || subject.standing() == Standing.STRANGER
            ? Optional.empty() : Optional.of("may be anybody");


    /** One side of a rule. */
    @FunctionalInterface
    interface Side {
        /** What puts the subject on this side, in words that follow its name; empty if nothing does. */
        Optional<String> why(Subject subject);
    }

    Rule {
        kinds = Set.copyOf(kinds);
    }

    /** Why the rule keeps {@code sender} from reaching {@code receiver}, in words; empty if it doesn't, whatever the kind. */
    Optional<String> why(Subject sender, Subject receiver) {
        Optional<String> forward = both(sender, from.why(sender), receiver, to.why(receiver));
        return forward.isPresent() || !bothWays ? forward : both(sender, to.why(sender), receiver, from.why(receiver));
    }

    private static Optional<String> both(Subject sender, Optional<String> senderIs, Subject receiver, Optional<String> receiverIs) {
        return senderIs.flatMap(s -> receiverIs.map(r -> sender.name() + " " + s + ", " + receiver.name() + " " + r));
    }
}
