package im.chancery.tests.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** The project's own classes and files, as the rules look at them. */
final class Chancery {
    /** The classes of all modules, without tests. */
    static final JavaClasses CLASSES = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("im.chancery");

    /** The modules with their packages, and the modules that each may use beside itself. */
    enum Module {
        CORE("core"),
        ROLES("roles", CORE),
        ARCHIVE("archive", CORE),
        PRESENCE("presence", CORE),
        RETENTION("retention", CORE, ARCHIVE),
        ENGINE("engine", CORE, ROLES, ARCHIVE, PRESENCE, RETENTION),
        CLI("cli", CORE, ARCHIVE),
        /** A binding sees the engine's gate, whose values are core's. */
        HOST_PROSODY("host.prosody", CORE, ENGINE),
        HOST_TIGASE("host.tigase", CORE, ENGINE);

        final String packages;
        private final Module[] uses;

        Module(String name, Module... uses) {
            this.packages = "im.chancery." + name + "..";
            this.uses = uses;
        }

        /** Whether it is built: the Tigase binding only where Tigase is, see the pom's profile. */
        boolean isBuilt() {
            return this != HOST_TIGASE || Boolean.getBoolean("chancery.tigase");
        }

        /** The packages of this project that the module may use. */
        String[] allowed() {
            return Stream.concat(Stream.of(this), Arrays.stream(uses)).map(m -> m.packages).toArray(String[]::new);
        }
    }

    private Chancery() {
    }

    /** Whether the rule finds fault with these classes. */
    static boolean faults(ArchRule rule, Class<?>... classes) {
        return rule.evaluate(new ClassFileImporter().importClasses(classes)).hasViolation();
    }

    /** The folder of the root pom. */
    static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(at.resolve("plugins/core/pom.xml"))) {
            at = at.getParent();
            if (at == null) {
                throw new AssertionError("not inside the project: " + Path.of("").toAbsolutePath());
            }
        }
        return at;
    }
}
