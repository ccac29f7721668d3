package im.chancery.retention;

import static im.chancery.retention.Nodes.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Plugin;
import java.time.LocalTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class RetentionConfigTest {
    private static final Map<String, Object> DEFAULT = map("name", "default", "period", "90 days");
    private static final Map<String, Object> AUDIT = map("name", "audit", "period", "7 years");

    @Test
    void readsClassesWithTheirSchedules() throws ConfigException {
        RetentionConfig config = RetentionConfig.read(Nodes.of(map("retention", map(
                "classes", List.of(map("name", "deals", "period", "forever", "match", map("departments", List.of("trading"))), DEFAULT, AUDIT),
                "run-at", "23:05", "key-copies-kept", "2 weeks"))));
        assertThat(config.runAt()).isEqualTo(LocalTime.of(23, 5));
        assertThat(config.keyCopiesKept()).isEqualTo(Period.ofWeeks(2));
        assertThat(config.classes().schedule("deals").period()).isEmpty();
        assertThat(config.classes().schedule("deals").text()).isEqualTo("deals: forever");
        assertThat(config.classes().schedule("default").period()).contains(Period.ofDays(90));
        assertThat(config.classes().schedule("audit").text()).isEqualTo("audit: 7 years");
    }

    @Test
    void hasDefaultsForTheRunAndTheKeyCopies() throws ConfigException {
        RetentionConfig config = RetentionConfig.read(Nodes.of(map("retention", map("classes", List.of(DEFAULT, AUDIT)))));
        assertThat(config.runAt()).isEqualTo(LocalTime.of(3, 0));
        assertThat(config.keyCopiesKept()).isEqualTo(Period.ofDays(30));
    }

    @Test
    void refusesAFileWithoutDefaultOrAudit() {
        assertThat(problemsOf(List.of(DEFAULT))).singleElement().satisfies(p -> {
            assertThat(p.path()).isEqualTo("retention.classes");
            assertThat(p.found()).contains("'audit'");
        });
        assertThat(problemsOf(List.of(AUDIT))).singleElement().satisfies(p -> assertThat(p.found()).contains("'default'"));
        ConfigException none = catchThrowableOfType(ConfigException.class, () -> RetentionConfig.read(Nodes.of(map())));
        assertThat(none.problems()).singleElement().satisfies(p -> assertThat(p.found()).contains("'retention'"));
    }

    @Test
    void refusesAPeriodWithoutUnitAtItsPlace() {
        ConfigProblem problem = problemsOf(List.of(map("name", "default", "period", "90"), AUDIT)).get(0);
        assertThat(problem.path()).isEqualTo("retention.classes[0].period");
        assertThat(problem.position().line()).isEqualTo(6);
        assertThat(problem.found()).isEqualTo("'90'");
        assertThat(problem.allowed()).contains("'90 days'").contains("'forever'");
    }

    @Test
    void refusesANameTwice() {
        assertThat(problemsOf(List.of(DEFAULT, AUDIT, DEFAULT))).singleElement()
                .satisfies(p -> assertThat(p.path()).isEqualTo("retention.classes[2].name"));
    }

    @Test
    void refusesAMatchOnDefaultAndAuditAndNoneOnOthers() {
        Map<String, Object> match = map("rooms", List.of("a@rooms.localhost"));
        assertThat(problemsOf(List.of(map("name", "default", "period", "1 day", "match", match),
                map("name", "audit", "period", "1 day", "match", match),
                map("name", "deals", "period", "1 day"),
                map("name", "more", "period", "1 day", "match", map("rooms", List.of())))))
                .extracting(ConfigProblem::path)
                .containsExactly("retention.classes[0].match", "retention.classes[1].match", "retention.classes[2]", "retention.classes[3]");
    }

    @Test
    void refusesWhatIsNoRoomNoDomainNoDepartmentWithEveryPlace() {
        Map<String, Object> match = map("departments", List.of("trading", "tradin"),
                "rooms", List.of("rooms.localhost", "a@rooms.localhost/nick", "a@rooms.localhost"),
                "domains", List.of("a@localhost", "localhost/x", "localhost", ""));
        ConfigException e = catchThrowableOfType(ConfigException.class, () -> RetentionConfig.read(Nodes.of(map(
                "departments", List.of(map("name", "trading"), map("name", "research")),
                "retention", map("classes", List.of(map("name", "deals", "period", "1 day", "match", match), DEFAULT, AUDIT))))));
        assertThat(e.problems()).extracting(ConfigProblem::path).containsExactly(
                "retention.classes[0].match.departments[1]",
                "retention.classes[0].match.rooms[0]", "retention.classes[0].match.rooms[1]",
                "retention.classes[0].match.domains[0]", "retention.classes[0].match.domains[1]", "retention.classes[0].match.domains[3]");
        assertThat(e.problems().get(0).allowed()).contains("trading").contains("research");
    }

    @Test
    void refusesTimesOfDayThatAreNone() {
        for (String time : List.of("24:00", "3:00", "03:60", "3am", "03:00:00")) {
            ConfigException e = catchThrowableOfType(ConfigException.class, () -> RetentionConfig.read(
                    Nodes.of(map("retention", map("classes", List.of(DEFAULT, AUDIT), "run-at", time)))));
            assertThat(e).as(time).isNotNull();
            assertThat(e.problems()).singleElement().satisfies(p -> assertThat(p.path()).isEqualTo("retention.run-at"));
        }
    }

    @Test
    void tellsEveryProblemAtOnce() {
        ConfigException e = catchThrowableOfType(ConfigException.class, () -> RetentionConfig.read(Nodes.of(map("retention", map(
                "classes", List.of(map("name", "default", "period", "soon")), "run-at", "noon", "key-copies-kept", "a while")))));
        assertThat(e.problems()).extracting(ConfigProblem::path).containsExactlyInAnyOrder("retention.classes[0].period",
                "retention.classes", "retention.run-at", "retention.key-copies-kept");
    }

    @Test
    void isFoundAsAPluginAndChecksThroughIt() {
        Plugin plugin = ServiceLoader.load(Plugin.class).stream().map(ServiceLoader.Provider::get)
                .filter(RetentionPlugin.class::isInstance).findFirst().orElseThrow();
        assertThat(plugin.descriptor().options()).extracting(o -> o.name()).containsExactly("retention");
        assertThat(catchThrowableOfType(ConfigException.class, () -> plugin.check(Nodes.of(map("retention", map("classes", List.of(DEFAULT)))))))
                .isNotNull();
    }

    private static List<ConfigProblem> problemsOf(List<Map<String, Object>> classes) {
        ConfigException e = catchThrowableOfType(ConfigException.class,
                () -> RetentionConfig.read(Nodes.of(map("retention", map("classes", new ArrayList<Object>(classes))))));
        assertThat(e).isNotNull();
        return e.problems();
    }
}
