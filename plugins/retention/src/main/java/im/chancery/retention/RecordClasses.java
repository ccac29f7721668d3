package im.chancery.retention;

import im.chancery.core.Exchange;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jxmpp.jid.BareJid;

/** The record classes of a config file, in its order, each with its schedule. Immutable. */
public final class RecordClasses {
    /** The class of what no rule matches. */
    public static final String DEFAULT = "default";
    /** The class of records about the archive's use: audit, holds, releases, certificates. */
    public static final String AUDIT = "audit";

    private final List<Rule> rules;
    private final Map<String, RetentionSchedule> schedules = new LinkedHashMap<>();

    /**
     * One class.
     *
     * @param match empty for {@code default} and {@code audit}, which no rule assigns
     */
    record Rule(RetentionSchedule schedule, Optional<RecordMatch> match) {
        Rule {
            Objects.requireNonNull(schedule, "schedule");
            Objects.requireNonNull(match, "match");
        }
    }

    RecordClasses(List<Rule> rules) {
        this.rules = rules.stream().filter(r -> r.match().isPresent()).toList();
        for (Rule rule : rules) {
            schedules.put(rule.schedule().recordClass(), rule.schedule());
        }
    }

    /**
     * The record class of a submission, fixed at capture: that of the first rule that matches, else {@link #DEFAULT}.
     *
     * @param departmentOf the department of a person; empty where the directory doesn't know one
     */
    public String classify(Exchange exchange, Function<BareJid, Optional<String>> departmentOf) {
        for (Rule rule : rules) {
            if (rule.match().orElseThrow().matches(exchange, departmentOf)) {
                return rule.schedule().recordClass();
            }
        }
        return DEFAULT;
    }

    /** Whether the config file names this class. */
    boolean knows(String recordClass) {
        return schedules.containsKey(recordClass);
    }

    /** The schedule of a class; that of a class the config file doesn't name keeps its records for ever. */
    RetentionSchedule schedule(String recordClass) {
        RetentionSchedule schedule = schedules.get(recordClass);
        return schedule != null ? schedule : RetentionSchedule.unknown(recordClass);
    }
}
