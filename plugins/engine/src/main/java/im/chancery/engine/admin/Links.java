package im.chancery.engine.admin;

import im.chancery.core.RecordId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jxmpp.jid.BareJid;

/** Many links by their ids: whoever writes thousands of messages would else have each of them held against each other. */
final class Links {
    private final Map<String, List<Link>> labelled = new HashMap<>();
    private final Map<String, List<Link>> referring = new HashMap<>();
    private final Map<String, List<Link>> sessions = new HashMap<>();

    /** What a record does to another. */
    record Done(String how, RecordId to) {
    }

    Links(List<Link> all) {
        for (Link link : all) {
            link.labels().forEach(label -> add(labelled, label, link));
            link.references().forEach(reference -> add(referring, reference.to(), link));
            link.session().ifPresent(session -> add(sessions, session, link));
        }
    }

    private static void add(Map<String, List<Link>> to, String key, Link link) {
        to.computeIfAbsent(key, k -> new ArrayList<>()).add(link);
    }

    /** All that touches this one, and whatever touches those, itself included. */
    Set<RecordId> reach(Link start) {
        Reach reach = new Reach(start);
        reach.all();
        return reach.found;
    }

    /**
     * What one does to others, in log order.
     *
     * @param most how many are told
     */
    List<Done> doneBy(Link one, int most) {
        return one.references().stream().distinct()
                .flatMap(reference -> labelled.getOrDefault(reference.to(), List.of()).stream()
                        .filter(other -> one.does(reference, other)).map(other -> new Done(reference.how(), other.id())))
                .limit(most).sorted(Comparator.comparing(done -> done.to().index())).toList();
    }

    /** By what a sender's messages lead to others: one leads where all that share it lead, so that each is gone once. */
    private record Way(String how, String id, BareJid sender) {
    }

    private final class Reach {
        private final Set<RecordId> found = new HashSet<>();
        private final Deque<Link> open = new ArrayDeque<>();
        private final Set<Way> gone = new HashSet<>();

        Reach(Link start) {
            found.add(start.id());
            open.add(start);
        }

        void all() {
            while (!open.isEmpty()) {
                Link next = open.remove();
                next.references().forEach(reference -> go(next, reference.how(), reference.to(), labelled));
                next.labels().forEach(label -> go(next, "referred to", label, referring));
                next.session().ifPresent(session -> go(next, "in session", session, sessions));
            }
        }

        private void go(Link from, String how, String id, Map<String, List<Link>> to) {
            if (gone.add(new Way(how, id, from.sender()))) {
                for (Link other : to.getOrDefault(id, List.of())) {
                    if (from.touches(other) && found.add(other.id())) {
                        open.add(other);
                    }
                }
            }
        }
    }
}
