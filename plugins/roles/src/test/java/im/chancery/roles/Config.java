package im.chancery.roles;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads a config of a test, with the places of its values, for a house that serves {@code localhost}. */
final class Config {
    static final Set<DomainBareJid> SERVED = Set.of(domain("localhost"));
    static final Set<DomainBareJid> SERVICES = Set.of(domain("conference.localhost"));

    private Config() {
    }

    static RolesPolicy policy(String yaml) throws ConfigException {
        return RolesPolicy.from(node(yaml), SERVED, SERVICES);
    }

    static String example() {
        try (InputStream in = Config.class.getResourceAsStream("/roles-example.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static ConfigNode node(String yaml) {
        LoadSettings settings = LoadSettings.builder().setLabel("test.yaml").setUseMarks(true).build();
        return convert("", new Compose(settings).composeString(yaml).orElseThrow());
    }

    private static ConfigNode convert(String path, Node node) {
        Position position = node.getStartMark().map(m -> new Position("test.yaml", m.getLine() + 1, m.getColumn() + 1)).orElseThrow();
        if (node instanceof MappingNode map) {
            Map<String, ConfigNode> entries = new LinkedHashMap<>();
            map.getValue().forEach(t -> {
                String key = ((ScalarNode) t.getKeyNode()).getValue();
                entries.put(key, convert(path.isEmpty() ? key : path + "." + key, t.getValueNode()));
            });
            return ConfigNode.map(position, path, entries);
        }
        if (node instanceof SequenceNode list) {
            return ConfigNode.list(position, path, IntStream.range(0, list.getValue().size())
                    .mapToObj(i -> convert(path + "[" + i + "]", list.getValue().get(i))).toList());
        }
        String text = ((ScalarNode) node).getValue();
        return ConfigNode.scalar(position, path, text.equals("true") || text.equals("false") ? (Object) Boolean.valueOf(text) : text);
    }

    private static DomainBareJid domain(String text) {
        return JidCreate.domainBareFromOrThrowUnchecked(text);
    }
}
