package im.chancery.roles;

import im.chancery.core.Content;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.Policy;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import im.chancery.core.TrafficKind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;

/**
 * Puts a decision into words. The decision itself is made by the policy, as on the message path; the words come from
 * the rules' own sides, not from the index, so that the two check each other. Immutable.
 */
final class Explainer {
    private static final Content UNREADABLE = new Content(TrafficKind.ENCRYPTED, Set.of("omemo"), Set.of());

    private final RuleIndex index;
    private final Policy policy;

    Explainer(RuleIndex index, Policy policy) {
        this.index = index;
        this.policy = policy;
    }

    Explanation explain(BareJid from, BareJid to, StanzaKind kind, Optional<BareJid> room, boolean readable) {
        Subject sender = index.resolve(from).subject();
        Subject receiver = index.resolve(to).subject();
        Optional<BareJid> place = receiver.standing() == Standing.ROOM ? Optional.of(to) : room;
        Decision decision = policy.decide(exchange(from, to, kind, place, receiver).with(readable ? Content.NOTHING : UNREADABLE));

        List<String> lines = new ArrayList<>();
        lines.add("from " + describe(sender));
        lines.add("to " + describe(receiver));
        place.filter(r -> !r.equals(to)).ifPresent(r -> lines.add("in " + describe(index.resolve(r).subject())));
        rules(sender, receiver, kind, readable, place.map(r -> index.resolve(r).subject()), decision, lines);
        decision.rules().stream().filter(r -> r.effect() == Effect.ALLOW || Builtin.is(r)).forEach(r -> lines.add(line(r, "")));
        if (kind == StanzaKind.IQ && place.isEmpty() && decision.allowed()) {
            fetching(from, to, receiver).ifPresent(lines::add);
        }
        lines.add(decision.error().map(e -> "refused: " + e.text()).orElse("allowed"));
        return new Explanation(decision, lines);
    }

    private static Exchange exchange(BareJid from, BareJid to, StanzaKind kind, Optional<BareJid> room, Subject receiver) {
        if (room.isEmpty()) {
            return new Exchange(from, to, Optional.empty(), kind, "", Direction.LOCAL, Place.DIRECT, Optional.empty(), "");
        }
        Set<BareJid> occupants = receiver.standing() == Standing.ROOM ? Set.of() : Set.of(to);
        return new Exchange(from, room.get(), Optional.empty(), kind, "", Direction.LOCAL, Place.ROOM,
                room.map(r -> new RoomSnapshot(r, 0, occupants)), "");
    }

    /** An iq that is allowed may be no way to what the receiver has stored for others; see {@link RolesPolicy}. */
    private Optional<String> fetching(BareJid from, BareJid to, Subject receiver) {
        if (receiver.standing() != Standing.PERSON) {
            return Optional.empty();
        }
        Exchange fetch = new Exchange(from, to, Optional.empty(), StanzaKind.IQ, "get", Direction.LOCAL, Place.DIRECT, Optional.empty(), "");
        return policy.decide(fetch).error().map(e -> "fetching what " + receiver.address() + " has published is refused: " + e.text());
    }

    private void rules(Subject sender, Subject receiver, StanzaKind kind, boolean readable, Optional<Subject> room, Decision decision, List<String> lines) {
        int silent = 0;
        for (Rule rule : index.rules()) {
            Optional<String> why = room.map(r -> whyInRoom(rule, sender, receiver, r)).orElseGet(() -> why(rule, sender, receiver));
            Set<StanzaKind> stopped = room.isPresent() ? heardInRoom(kind) : EnumSet.of(kind);
            stopped.retainAll(rule.kinds());
            if (why.isEmpty() && decision.rules().contains(rule.rule())) {
                lines.add(line(rule.rule(), " (which names one of them in another spelling)"));
            } else if (why.isEmpty()) {
                silent++;
            } else if (rule.onUnreadable() && readable) {
                lines.add("rule " + rule.rule().id() + " does not stop what can be read (" + why.get() + ")");
            } else if (stopped.isEmpty()) {
                lines.add("rule " + rule.rule().id() + " does not stop " + RuleReader.token(kind) + " (" + why.get() + ")");
            } else {
                lines.add(line(rule.rule(), " (" + why.get() + ")"));
            }
        }
        if (silent > 0) {
            lines.add(silent + " of " + index.rules().size() + " rules do not keep them apart");
        }
    }

    /** What room-wide speech consists of, whatever stanza it is this time; see {@link RoomCheck}. */
    private static Set<StanzaKind> heardInRoom(StanzaKind kind) {
        return EnumSet.of(StanzaKind.MESSAGE, StanzaKind.PRESENCE, kind);
    }

    private static Optional<String> whyInRoom(Rule rule, Subject sender, Subject receiver, Subject room) {
        return why(rule, sender, room).or(() -> why(rule, receiver, room)).or(() -> why(rule, sender, receiver)).or(() -> why(rule, receiver, sender));
    }

    private static Optional<String> why(Rule rule, Subject sender, Subject receiver) {
        return PairCheck.isSelf(sender, receiver) && !rule.onUnreadable() ? Optional.empty() : rule.why(sender, receiver);
    }

    private static String line(DeterminingRule rule, String why) {
        String verb = rule.effect() == Effect.ALLOW ? "allows" : "refuses";
        return "rule " + rule.id() + (rule.shadow() ? " is in shadow, else it " : " ") + verb + why + ": " + rule.reason();
    }

    private static String describe(Subject subject) {
        String address = subject.address().toString();
        return switch (subject.standing()) {
            case PERSON -> subject.name() + " <" + address + ">, " + subject.department().map(d -> "department " + d).orElse("no department") + ", " + roles(subject);
            case UNKNOWN -> address + ", an address of a served domain that the directory doesn't have";
            case SERVICE -> address + ", a service of the house";
            case ROOM -> address + ", a room of the house";
            case PARTNER -> address + ", of a partner's domain";
            case STRANGER -> address + ", of a domain that is no partner";
        };
    }

    private static String roles(Subject subject) {
        if (subject.roles().isEmpty()) {
            return "no role";
        }
        Stream<String> assigned = subject.assigned().stream().sorted();
        Stream<String> inherited = subject.roles().stream().filter(r -> !subject.assigned().contains(r)).sorted().map(r -> r + " (inherited)");
        return "roles " + Stream.concat(assigned, inherited).collect(Collectors.joining(", "));
    }
}
