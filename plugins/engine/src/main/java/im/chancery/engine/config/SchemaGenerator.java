package im.chancery.engine.config;

import im.chancery.core.config.Option;
import im.chancery.core.config.PluginDescriptor;
import im.chancery.core.config.Quantity;
import java.util.Collection;
import java.util.List;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the JSON Schema (2020-12) of the config file from the modules' descriptors. It is what the reader checks with and,
 * written to {@code config/schema}, what editors complete with.
 */
public final class SchemaGenerator {
    static final String NAME_PATTERN = "^[A-Za-z][A-Za-z0-9._-]{0,63}$";
    static final String JID_PATTERN = "^[^@/\\s]+@[^@/\\s]+$";
    static final String DOMAIN_PATTERN = "^[^@/\\s]+$";

    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private SchemaGenerator() {
    }

    /** The schema as text, indented, ending with a line end; the same for the same descriptors in the same order. */
    public static String generate(Collection<PluginDescriptor> descriptors) {
        var indenter = new DefaultIndenter("  ", "\n");
        var printer = new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
        return JsonMapper.shared().writer().with(printer).writeValueAsString(schema(root(descriptors))) + "\n";
    }

    /**
     * All top-level options as one map.
     *
     * @throws IllegalArgumentException where two descriptors own the same one
     */
    static Option root(Collection<PluginDescriptor> descriptors) {
        List<Option> options = descriptors.stream().flatMap(d -> d.options().stream()).toList();
        List<String> names = options.stream().map(Option::name).toList();
        names.stream().filter(n -> names.indexOf(n) != names.lastIndexOf(n)).findFirst().ifPresent(n -> {
            throw new IllegalArgumentException("two descriptors own the option " + n);
        });
        return Option.map("", "Chancery's config file.", options.toArray(new Option[0])).must();
    }

    static ObjectNode schema(Option root) {
        ObjectNode schema = MAKE.objectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Chancery configuration");
        schema.setAll(of(root));
        return schema;
    }

    private static ObjectNode of(Option option) {
        ObjectNode schema = MAKE.objectNode();
        schema.put("description", option.doc());
        switch (option.type()) {
            case INTEGER -> bounded(schema.put("type", "integer"), option);
            case BOOLEAN -> schema.put("type", "boolean");
            case CHOICE -> option.allowed().forEach(schema.put("type", "string").putArray("enum")::add);
            case MAP -> entries(schema, option);
            case TABLE -> {
                schema.put("type", "object").putObject("patternProperties").set(NAME_PATTERN, of(option.children().get(0)));
                schema.put("additionalProperties", false);
            }
            case LIST -> schema.put("type", "array").set("items", of(option.children().get(0)));
            case OPEN -> schema.put("type", "object");
            default -> text(schema, option);
        }
        option.byDefault().ifPresent(value -> byDefault(schema, option.type(), value));
        return schema;
    }

    private static void text(ObjectNode schema, Option option) {
        schema.put("type", "string");
        switch (option.type()) {
            case PERIOD -> schema.put("pattern", Quantity.PERIOD_PATTERN);
            case DURATION -> schema.put("pattern", Quantity.DURATION_PATTERN);
            case SIZE -> schema.put("pattern", Quantity.SIZE_PATTERN);
            case JID -> schema.put("pattern", JID_PATTERN);
            case DOMAIN -> schema.put("pattern", DOMAIN_PATTERN);
            case NAME -> schema.put("pattern", NAME_PATTERN);
            default -> schema.put("minLength", 1);
        }
    }

    private static void entries(ObjectNode schema, Option map) {
        ObjectNode properties = schema.put("type", "object").putObject("properties");
        map.children().forEach(child -> properties.set(child.name(), of(child)));
        List<String> required = map.children().stream().filter(Option::required).map(Option::name).toList();
        if (!required.isEmpty()) {
            required.forEach(schema.putArray("required")::add);
        }
        schema.put("additionalProperties", false);
    }

    private static void bounded(ObjectNode schema, Option option) {
        option.minimum().ifPresent(n -> schema.put("minimum", n));
        option.maximum().ifPresent(n -> schema.put("maximum", n));
    }

    private static void byDefault(ObjectNode schema, Option.Type type, String value) {
        switch (type) {
            case INTEGER -> schema.put("default", Long.parseLong(value));
            case BOOLEAN -> schema.put("default", Boolean.parseBoolean(value));
            case MAP, TABLE, LIST, OPEN -> { /* the reference page says it */ }
            default -> schema.put("default", value);
        }
    }
}
