package im.chancery.engine.audit;

import im.chancery.archive.ArchiveStatus;
import im.chancery.archive.syslog.SyslogMessage;
import im.chancery.archive.syslog.SyslogMessage.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What no record tells, because it is about the archive failing: found by comparing its counters with what was told last. So nothing has to be kept while the
 * receiver is away; when it is back it is told sums. That something fails is told once a minute at most. For one thread.
 */
final class Alerts {
    private static final Duration EACH = Duration.ofMinutes(1);

    private final Map<String, Told> told = new HashMap<>();
    private boolean available = true;
    private long outages;
    private long returns;

    /** Something that can fail and come back, with how often it did since the start. */
    private record Condition(String name, Optional<Integer> sink, long failures, long successes) {
        String key() {
            return name + sink;
        }
    }

    /** A condition as it was told last, and when a failure of it was. */
    private record Told(long failures, long successes, boolean failing, Instant at) {
        static final Told NOTHING = new Told(0, 0, false, Instant.EPOCH);
    }

    /** Sends a message. */
    @FunctionalInterface
    interface Sending<E extends Exception> {
        void send(SyslogMessage message) throws E;
    }

    /**
     * Tells what is new.
     *
     * @param skipped how many audit records could not be sent
     * @throws E where it can't be sent; then it is told the next time
     */
    <E extends Exception> void tell(ArchiveStatus now, long skipped, Instant time, Sending<E> sending) throws E {
        for (Condition condition : conditions(now, skipped)) {
            Told last = told.getOrDefault(condition.key(), Told.NOTHING);
            if (condition.failures() > last.failures()) {
                boolean isSetBack = last.at().isAfter(time); // the clock; it must not keep anybody waiting until it is there again
                if (isSetBack || !last.at().plus(EACH).isAfter(time)) {
                    sending.send(message(condition, "failed", condition.failures() - last.failures(), Severity.ERROR, time));
                    told.put(condition.key(), new Told(condition.failures(), condition.successes(), true, time));
                }
            } else if (last.failing() && condition.successes() > last.successes()) {
                sending.send(message(condition, "back", condition.successes() - last.successes(), Severity.NOTICE, time));
                told.put(condition.key(), new Told(condition.failures(), condition.successes(), false, last.at()));
            }
        }
    }

    private List<Condition> conditions(ArchiveStatus now, long skipped) {
        if (now.available() != available) {
            available = now.available();
            outages += available ? 0 : 1;
            returns += available ? 1 : 0;
        }
        List<Condition> conditions = new ArrayList<>();
        conditions.add(new Condition("database", Optional.empty(), outages, returns));
        conditions.add(new Condition("log.folder", Optional.empty(), now.logFailures(), now.logged()));
        conditions.add(new Condition("audit.record", Optional.empty(), skipped, 0));
        for (int i = 0; i < now.sinks().size(); i++) {
            ArchiveStatus.Sink sink = now.sinks().get(i);
            conditions.add(new Condition("checkpoint.sink", Optional.of(i + 1), sink.failures(), sink.delivered()));
        }
        return conditions;
    }

    private static SyslogMessage message(Condition condition, String outcome, long count, Severity severity, Instant time) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("event", condition.name());
        parameters.put("actor", "engine");
        parameters.put("outcome", outcome);
        parameters.put("count", Long.toString(count));
        condition.sink().ifPresent(place -> parameters.put("sink", Integer.toString(place)));
        return new SyslogMessage(severity, time, condition.name(), parameters,
                condition.name() + condition.sink().map(place -> " " + place).orElse("") + ": " + outcome);
    }
}
