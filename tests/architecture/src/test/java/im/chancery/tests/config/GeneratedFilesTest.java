package im.chancery.tests.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import im.chancery.core.config.PluginDescriptor;
import im.chancery.engine.config.ReferencePage;
import im.chancery.engine.config.SchemaGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/**
 * The schema and the reference page in the repository are what the modules' descriptors say. To write them anew:
 * {@code mvn -pl tests/architecture -am test -Dtest=GeneratedFilesTest -Dsurefire.failIfNoSpecifiedTests=false -Dupdate=true}.
 */
class GeneratedFilesTest {
    @Test
    void everyModuleBringsItsOptions() {
        assertThat(Repository.DESCRIPTORS).extracting(PluginDescriptor::name)
                .containsExactly("archive", "engine", "extensions", "host", "presence", "retention", "roles");
    }

    @Test
    void schemaIsTheGeneratedOne() throws IOException {
        same(Repository.SCHEMA, SchemaGenerator.generate(Repository.DESCRIPTORS));
    }

    @Test
    void referencePageIsTheGeneratedOne() throws IOException {
        same(Repository.PAGE, ReferencePage.generate(Repository.DESCRIPTORS));
    }

    @Test
    void schemaIsValidAgainstTheMetaSchema() {
        var meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        assertThat(meta.validate(JsonMapper.shared().readTree(SchemaGenerator.generate(Repository.DESCRIPTORS)))).isEmpty();
    }

    private static void same(Path file, String generated) throws IOException {
        if (Boolean.getBoolean("update")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, generated);
        }
        assertThat(file).hasContent(generated);
    }
}
