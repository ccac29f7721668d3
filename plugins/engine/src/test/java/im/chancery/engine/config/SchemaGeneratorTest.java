package im.chancery.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import im.chancery.core.config.Option;
import im.chancery.core.config.PluginDescriptor;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SchemaGeneratorTest {
    private static final JsonNode SCHEMA = JsonMapper.shared().readTree(SchemaGenerator.generate(List.of(Sample.DESCRIPTOR)));

    @Test
    void isValidAgainstTheMetaSchema() {
        var meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        assertThat(meta.validate(SCHEMA)).isEmpty();
        JsonNode broken = JsonMapper.shared().readTree("{\"type\": \"text\"}");
        assertThat(meta.validate(broken)).as("the meta-schema can refuse").isNotEmpty();
    }

    @Test
    void allowsNoOtherKeysAtAnyLevel() {
        assertThat(SCHEMA.get("additionalProperties").asBoolean()).isFalse();
        assertThat(SCHEMA.at("/properties/store/additionalProperties").asBoolean()).isFalse();
        assertThat(SCHEMA.at("/properties/roles/additionalProperties").asBoolean()).isFalse();
        assertThat(SCHEMA.at("/properties/walls/items/additionalProperties").asBoolean()).isFalse();
    }

    @Test
    void tellsTypesBoundsDefaultsAndMeaning() {
        assertThat(SCHEMA.at("/properties/count")).hasToString("{\"description\":\"A number.\",\"type\":\"integer\",\"minimum\":1,\"maximum\":10,\"default\":3}");
        assertThat(SCHEMA.at("/properties/colour"))
                .hasToString("{\"description\":\"A colour.\",\"type\":\"string\",\"enum\":[\"red\",\"green\",\"blue\"],\"default\":\"red\"}");
        assertThat(SCHEMA.at("/properties/flag/default").asBoolean()).isFalse();
        assertThat(SCHEMA.at("/required")).hasToString("[\"id\"]");
    }

    @Test
    void refusesTwoOwnersOfOneOption() {
        var other = new PluginDescriptor("other", "Another.", List.of(Option.of("id", Option.Type.NAME, "A name.")));
        assertThatThrownBy(() -> SchemaGenerator.generate(List.of(Sample.DESCRIPTOR, other)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
