package im.chancery.engine.admin;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * Finds the attempts that belong to one: what it corrects, takes back, reacts or replies to, acknowledges or answers, what does so to it, resends, and
 * what else belongs to its call, in all steps both ways; and, one step only, what has its thread. Message ids are unique only within a conversation, so
 * that only what the same two say to each other, or what is said in the same room, is compared, and only around the record's time: the window and
 * whether it was read to its end are part of the result.
 */
final class LinkedRecords {
    static final Duration WINDOW = Duration.ofDays(7);
    static final int MOST_READ = 20_000;

    /** Characters of what is shown beside the record asked for; the rest is linked and left out. */
    static final long MOST_SHOWN = 4L << 20;

    private static final int PAGE = 1000;

    private final Archive archive;
    private final int mostRead;

    LinkedRecords(Archive archive, int mostRead) {
        this.archive = archive;
        this.mostRead = mostRead;
    }

    /**
     * The linked attempts, in log order, without the one asked for.
     *
     * @param links    of each of them, and of the one asked for
     * @param assigned the ids that rooms have given to them
     * @param complete whether all of the window was read, and all that was found there is in the chain
     */
    record Chain(List<ArchivedRecord> records, List<Link> links, Map<RecordId, String> assigned, Instant from, Instant to, boolean complete) {
        /** What a record of the chain does to others of it, by their ids. */
        Map<RecordId, List<String>> doneBy(RecordId record) {
            Map<RecordId, List<String>> done = new HashMap<>();
            for (Link one : links) {
                if (one.id().equals(record)) {
                    links.forEach(other -> done.merge(other.id(), one.pointsTo(other), (before, now) -> before));
                }
            }
            done.values().removeIf(List::isEmpty);
            return done;
        }
    }

    Chain of(ArchivedRecord attempt) {
        Instant from = attempt.capturedAt().minus(WINDOW);
        Instant to = attempt.capturedAt().plus(WINDOW);
        Window window = new Window(Conversation.of(attempt));
        boolean complete = read(window, from, to);
        Link start = Link.of(attempt, Optional.ofNullable(window.assigned.get(attempt.id())));
        List<Link> candidates = window.attempts.stream().map(light -> light.link(window.assigned)).toList();
        Set<RecordId> found = reach(start, candidates);
        Optional.ofNullable(attempt.record().fields().get(Fields.THREAD)).ifPresent(thread -> window.attempts.stream()
                .filter(light -> thread.equals(light.thread)).forEach(light -> found.add(light.link.id())));
        found.remove(attempt.id());
        List<ArchivedRecord> records = new ArrayList<>();
        List<Link> links = new ArrayList<>(List.of(start));
        long left = MOST_SHOWN;
        for (Link candidate : candidates) {
            if (found.contains(candidate.id())) {
                links.add(candidate);
                Optional<ArchivedRecord> opened = left > 0 ? archive.open(candidate.id()) : Optional.empty();
                opened.ifPresent(records::add);
                complete &= left > 0;
                left -= opened.map(record -> record.record().content().length()).orElse(0);
            }
        }
        return new Chain(records, links, window.assigned, from, to, complete);
    }

    /** Among whom something is said: two people, or all in a room. */
    private record Conversation(Optional<BareJid> room, boolean isPrivate, Set<BareJid> people) {
        static Conversation of(ArchivedRecord attempt) {
            Optional<BareJid> room = attempt.record().room();
            Optional<String> recipient = Optional.ofNullable(attempt.record().fields().get(Fields.RECIPIENT));
            boolean isPrivate = "room_private".equals(attempt.record().fields().get(Fields.PLACE));
            Set<BareJid> people = new HashSet<>(Set.of(address(attempt.record().fields().get(Fields.FROM))));
            if (room.isEmpty()) {
                people.add(address(attempt.record().fields().get(Fields.TO)));
            } else if (isPrivate) {
                recipient.ifPresent(who -> people.add(address(who)));
            }
            return new Conversation(room, isPrivate, room.isPresent() && !isPrivate ? Set.of() : people);
        }
    }

    /** What is kept of an attempt while the window is read: no more than its links. */
    private record Light(Link link, String thread) {
        Link link(Map<RecordId, String> assigned) {
            String name = assigned.get(link.id());
            if (name == null) {
                return link;
            }
            Set<String> names = new HashSet<>(link.names());
            names.add(name);
            return new Link(link.id(), link.sender(), names, link.references(), link.session());
        }
    }

    /** What has been read. */
    private static final class Window {
        private final Conversation conversation;
        private final List<Light> attempts = new ArrayList<>();
        private final Map<RecordId, String> assigned = new HashMap<>();
        private int read;
        private long last = -1;

        Window(Conversation conversation) {
            this.conversation = conversation;
        }

        void add(ArchivedRecord record) {
            read++;
            last = record.id().index();
            Map<String, String> fields = record.record().fields();
            if (record.record().type() == RecordType.SUPPLEMENT) {
                assigned.put(RecordId.parse(fields.get(Fields.ATTEMPT)), fields.get(Fields.ASSIGNED_ID));
            } else if (Conversation.of(record).equals(conversation)) {
                attempts.add(new Light(Link.of(record, Optional.empty()), fields.get(Fields.THREAD)));
            }
        }
    }

    /** Reads the window page by page. */
    private boolean read(Window window, Instant from, Instant to) {
        Optional<BareJid> with = window.conversation.people().stream().sorted().findFirst();
        while (window.read < mostRead) {
            int before = window.read;
            archive.find(new RecordQuery(Optional.of(from), Optional.of(to), with, window.conversation.room(), Set.of(RecordType.ATTEMPT, RecordType.SUPPLEMENT),
                    window.last, PAGE), window::add);
            if (window.read - before < PAGE) {
                return true;
            }
        }
        return false;
    }

    private static Set<RecordId> reach(Link start, List<Link> candidates) {
        Set<RecordId> found = new HashSet<>(Set.of(start.id()));
        List<Link> open = new ArrayList<>(List.of(start));
        while (!open.isEmpty()) {
            Link next = open.remove(open.size() - 1);
            for (Link candidate : candidates) {
                if (!found.contains(candidate.id()) && next.touches(candidate)) {
                    found.add(candidate.id());
                    open.add(candidate);
                }
            }
        }
        return found;
    }

    private static BareJid address(String text) {
        return JidCreate.fromOrThrowUnchecked(text).asBareJid();
    }
}
