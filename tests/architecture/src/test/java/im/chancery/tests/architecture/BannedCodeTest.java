package im.chancery.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Past mistakes, as rules. Each rule is also shown classes that break it, one for each way to do so. */
class BannedCodeTest {
    private static final String BREAKS = "im.chancery.tests.architecture.violation.Banned$";

    static Stream<Arguments> bans() {
        return Stream.of(
                Arguments.of(access("prints a stack trace; log it", t -> t.getName().equals("printStackTrace") && t.getOwner().isAssignableTo(Throwable.class)),
                        List.of("PrintsStackTrace")),
                Arguments.of(access("asks the system for the time; take a Clock", BannedCodeTest::asksForTheTime),
                        List.of("AsksInstant", "AsksInstantByReference", "AsksMillis", "AsksDate", "AsksZonedDateTime", "MakesDate")),
                Arguments.of(access("sleeps; wait for a condition", t -> t.getName().equals("sleep")
                                && (t.getOwner().isAssignableTo(Thread.class) || t.getOwner().isEquivalentTo(TimeUnit.class))),
                        List.of("Sleeps", "SleepsByUnit")),
                Arguments.of(noClasses().that().resideOutsideOfPackage("im.chancery.host.tigase.plugin..") // Tigase's class loader has no SLF4J
                                .should().dependOnClassesThat().resideInAPackage("java.util.logging..").as("log by SLF4J"),
                        List.of("LogsToJul")),
                Arguments.of(noClasses().that().resideOutsideOfPackage("im.chancery.cli..")
                                .and().doNotHaveFullyQualifiedName("im.chancery.host.prosody.ProsodyEngine")
                                .should().accessTargetWhere(where("prints; log by SLF4J", t -> t.getOwner().isEquivalentTo(System.class)
                                        && (t.getName().equals("out") || t.getName().equals("err")))),
                        List.of("PrintsOut", "PrintsErr")),
                Arguments.of(noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?|Impl)(\\$.*)?").as("say what the class is"),
                        List.of("RoleManager", "RoleHelper", "RoleUtil", "RoleUtils", "RoleImpl")));
    }

    @ParameterizedTest
    @MethodSource("bans")
    void noModuleDoesIt(ArchRule ban, List<String> breaking) throws ClassNotFoundException {
        ban.check(Chancery.CLASSES);
        for (String name : breaking) {
            assertThat(Chancery.faults(ban, Class.forName(BREAKS + name))).as("the rule sees " + name).isTrue();
        }
    }

    private static boolean asksForTheTime(AccessTarget target) {
        JavaClass owner = target.getOwner();
        List<JavaClass> parameters = target instanceof AccessTarget.CodeUnitAccessTarget unit ? unit.getRawParameterTypes() : List.of();
        boolean now = owner.getPackageName().startsWith("java.time") && target.getName().equals("now")
                && parameters.stream().noneMatch(p -> p.isEquivalentTo(Clock.class));
        boolean millis = owner.isEquivalentTo(System.class) && target.getName().equals("currentTimeMillis");
        boolean date = owner.isEquivalentTo(Date.class) && target.getName().equals("<init>") && parameters.isEmpty();
        return now || millis || date;
    }

    private static ArchRule access(String what, Predicate<AccessTarget> target) {
        return noClasses().should().accessTargetWhere(where(what, target));
    }

    private static com.tngtech.archunit.base.DescribedPredicate<JavaAccess<?>> where(String what, Predicate<AccessTarget> target) {
        return describe(what, access -> target.test(access.getTarget()));
    }
}
