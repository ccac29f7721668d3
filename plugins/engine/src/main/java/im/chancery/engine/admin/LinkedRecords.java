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
import java.util.stream.Stream;
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
    static final int MOST_RECORDS = 1000;
    /** Of all that the records shown do to each other and the rest of the chain: whoever uses one id a thousand times makes a million of them. */
    static final int MOST_DONE = 10_000;

    private static final int PAGE = 1000;

    private final Archive archive;
    private final int mostRead;

    LinkedRecords(Archive archive, int mostRead) {
        this.archive = archive;
        this.mostRead = mostRead;
    }

    /**
     * The linked attempts, in log order, without the one asked for and without people.
     *
     * @param done     what each of them, and the one asked for, does to others of the chain
     * @param assigned the ids that rooms have given to them
     * @param complete whether all of the window was read, and all that was found there is in the chain
     */
    record Chain(List<ArchivedRecord> records, Map<RecordId, List<Links.Done>> done, Map<RecordId, String> assigned, Instant from, Instant to,
                 boolean complete) {
    }

    Chain of(ArchivedRecord attempt) {
        Instant from = attempt.capturedAt().minus(WINDOW);
        Instant to = attempt.capturedAt().plus(WINDOW);
        Window window = new Window(attempt);
        boolean readAll = read(window, from, to);
        Link start = Link.of(attempt).called(window.assigned.get(attempt.id()));
        List<Link> candidates = window.attempts.stream().map(link -> link.called(window.assigned.get(link.id()))).toList();
        Set<RecordId> found = new Links(candidates).reach(start);
        found.addAll(window.ofThread);
        Shown shown = new Shown(start, candidates.stream().filter(link -> found.contains(link.id()) && !link.id().equals(start.id())).toList());
        return new Chain(shown.records, shown.done, window.assigned, from, to, readAll && shown.all);
    }

    /** As much of a chain as fits. */
    private final class Shown {
        private final List<ArchivedRecord> records = new ArrayList<>();
        private final Map<RecordId, List<Links.Done>> done = new HashMap<>();
        private final Links links;
        private long left = MOST_SHOWN;
        private int doneLeft = MOST_DONE;
        private boolean all = true;

        Shown(Link start, List<Link> others) {
            links = new Links(Stream.concat(Stream.of(start), others.stream()).toList());
            tell(start);
            others.forEach(this::show);
        }

        private void show(Link link) {
            boolean fits = left > 0 && records.size() < MOST_RECORDS;
            all &= fits;
            if (fits) {
                archive.open(link.id()).map(ArchivedRecord::withoutPeople).ifPresent(record -> {
                    records.add(record);
                    left -= RecordJson.size(record);
                    tell(link);
                });
            }
        }

        private void tell(Link link) {
            List<Links.Done> told = links.doneBy(link, doneLeft + 1); // one more tells whether there is more
            all &= told.size() <= doneLeft;
            List<Links.Done> fitting = told.subList(0, Math.min(told.size(), doneLeft));
            done.put(link.id(), fitting);
            doneLeft -= fitting.size();
        }
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

    /** What has been read, of which no more is kept than links. */
    private static final class Window {
        private final Conversation conversation;
        private final String thread;
        private final List<Link> attempts = new ArrayList<>();
        private final Set<RecordId> ofThread = new HashSet<>();
        private final Map<RecordId, String> assigned = new HashMap<>();
        private int read;
        private long last = -1;

        Window(ArchivedRecord attempt) {
            conversation = Conversation.of(attempt);
            thread = attempt.record().fields().get(Fields.THREAD);
        }

        void add(ArchivedRecord record) {
            read++;
            last = record.id().index();
            Map<String, String> fields = record.record().fields();
            if (record.record().type() == RecordType.SUPPLEMENT) {
                assigned.put(RecordId.parse(fields.get(Fields.ATTEMPT)), fields.get(Fields.ASSIGNED_ID));
            } else if (Conversation.of(record).equals(conversation)) {
                attempts.add(Link.of(record));
                if (thread != null && thread.equals(fields.get(Fields.THREAD))) {
                    ofThread.add(record.id());
                }
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

    private static BareJid address(String text) {
        return JidCreate.fromOrThrowUnchecked(text).asBareJid();
    }
}
