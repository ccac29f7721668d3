package im.chancery.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import im.chancery.archive.verify.violation.VerifierUsesWriter;
import im.chancery.archive.violation.ArchiveUsesRetention;
import im.chancery.cli.violation.CliUsesEngine;
import im.chancery.core.violation.CoreUsesRoles;
import im.chancery.core.violation.CoreUsesYaml;
import im.chancery.engine.violation.EngineUsesHost;
import im.chancery.host.prosody.violation.HostUsesCli;
import im.chancery.host.tigase.plugin.violation.PluginUsesCore;
import im.chancery.host.tigase.violation.TigaseUsesArchive;
import im.chancery.presence.violation.PresenceUsesArchive;
import im.chancery.retention.violation.RetentionUsesRoles;
import im.chancery.roles.violation.RolesUsesArchive;
import im.chancery.tests.architecture.Chancery.Module;
import im.chancery.tests.architecture.violation.one.Ping;
import im.chancery.tests.architecture.violation.two.Pong;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The modules depend on each other as the design says and no other way. Each rule is also shown a class that breaks it. */
class ModuleArrowsTest {
    private static final Map<Module, Class<?>> BREAKS = Map.of(
            Module.CORE, CoreUsesRoles.class,
            Module.ROLES, RolesUsesArchive.class,
            Module.ARCHIVE, ArchiveUsesRetention.class,
            Module.PRESENCE, PresenceUsesArchive.class,
            Module.RETENTION, RetentionUsesRoles.class,
            Module.ENGINE, EngineUsesHost.class,
            Module.CLI, CliUsesEngine.class,
            Module.HOST_PROSODY, HostUsesCli.class,
            Module.HOST_TIGASE, TigaseUsesArchive.class);

    private static final ArchRule CORE_IS_LEAN = classes().that().resideInAPackage(Module.CORE.packages)
            .should().onlyDependOnClassesThat().resideInAnyPackage(Module.CORE.packages, "java..", "org.jxmpp..", "org.slf4j..",
                    "javax.xml..", "org.w3c.dom..", "org.xml.sax.."); // the JDK's module java.xml

    private static final ArchRule VERIFIER_STANDS_APART = noClasses().that().resideInAPackage("im.chancery.archive.verify..")
            .should().dependOnClassesThat(resideInAPackage("im.chancery..")
                    .and(not(resideInAnyPackage("im.chancery.archive.verify..", Module.CORE.packages))));

    private static final ArchRule PLUGIN_NEEDS_ONLY_TIGASE = classes().that().resideInAPackage("im.chancery.host.tigase.plugin..")
            .should().onlyDependOnClassesThat().resideInAnyPackage("im.chancery.host.tigase.plugin..", "java..", "tigase..");

    private static final ArchRule NO_CYCLES = slices().matching("im.chancery.(**)").should().beFreeOfCycles();

    @ParameterizedTest
    @EnumSource
    void aModuleUsesOnlyWhatItMay(Module module) {
        ArchRule rule = arrows(module);
        if (module.isBuilt()) {
            rule.check(Chancery.CLASSES);
        }
        assertThat(Chancery.faults(rule, BREAKS.get(module))).as("the rule sees a class that breaks it").isTrue();
    }

    /** A module that isn't imported would pass every rule. */
    @ParameterizedTest
    @EnumSource
    void theClassesOfEachModuleAreLookedAt(Module module) {
        JavaClasses found = Chancery.CLASSES.that(resideInAPackage(module.packages).and(not(simpleName("package-info"))));
        assertThat(found.isEmpty()).isEqualTo(!module.isBuilt());
    }

    @Test
    void noClassIsOutsideOfTheModules() {
        String[] packages = Arrays.stream(Module.values()).map(m -> m.packages).toArray(String[]::new);
        assertThat(Chancery.CLASSES.that(not(resideInAnyPackage(packages)))).isEmpty();
    }

    @Test
    void coreNeedsNothingButTheJdkJxmppAndSlf4j() {
        CORE_IS_LEAN.check(Chancery.CLASSES);
        assertThat(Chancery.faults(CORE_IS_LEAN, CoreUsesYaml.class)).isTrue();
    }

    /** A verifier that used the writer's code would share the writer's mistakes. */
    @Test
    void theVerifierUsesNoClassOfTheArchive() {
        VERIFIER_STANDS_APART.check(Chancery.CLASSES);
        assertThat(Chancery.faults(VERIFIER_STANDS_APART, VerifierUsesWriter.class)).isTrue();
    }

    /** Tigase's class loader has nothing else, and what it has must not meet our libraries. */
    @Test
    void whatTigaseLoadsItselfNeedsNothingButTigaseAndTheJdk() {
        if (Module.HOST_TIGASE.isBuilt()) {
            PLUGIN_NEEDS_ONLY_TIGASE.check(Chancery.CLASSES);
        }
        assertThat(Chancery.faults(PLUGIN_NEEDS_ONLY_TIGASE, PluginUsesCore.class)).isTrue();
    }

    @Test
    void packagesHaveNoCycles() {
        NO_CYCLES.check(Chancery.CLASSES);
        assertThat(Chancery.faults(NO_CYCLES, Ping.class, Pong.class)).isTrue();
    }

    private static ArchRule arrows(Module module) {
        return noClasses().that().resideInAPackage(module.packages)
                .should().dependOnClassesThat(resideInAPackage("im.chancery..").and(not(resideInAnyPackage(module.allowed()))));
    }
}
