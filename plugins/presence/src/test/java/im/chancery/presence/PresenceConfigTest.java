package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The config's meaning: addresses and the secret, each fault at its own place. */
class PresenceConfigTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path folder;
    private Path secretFile;

    @BeforeEach
    void writeSecret() throws IOException {
        secretFile = folder.resolve("presence.secret");
        Files.writeString(secretFile, SECRET + "\n");
        Files.setPosixFilePermissions(secretFile, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void withoutAClusterTheNodeStandsAlone() throws ConfigException {
        assertThat(PresenceConfig.read(map("", Map.of()))).isEqualTo(PresenceConfig.alone());
    }

    @Test
    void aClusterIsRead() throws ConfigException {
        var cluster = PresenceConfig.read(file("127.0.0.1:5701", "presence.secret", "127.0.0.1:5701", "[fd00::2]:5702", "north.example.org:1"))
                .cluster().orElseThrow();
        assertThat(cluster.name()).isEqualTo("chancery");
        assertThat(cluster.listen()).isEqualTo(new MemberAddress("127.0.0.1", 5701));
        assertThat(cluster.members()).containsExactly(new MemberAddress("127.0.0.1", 5701), new MemberAddress("fd00::2", 5702),
                new MemberAddress("north.example.org", 1));
        assertThat(cluster.members()).extracting(MemberAddress::toString)
                .containsExactly("127.0.0.1:5701", "[fd00::2]:5702", "north.example.org:1");
        assertThat(cluster.secret().bytes()).asString().isEqualTo(SECRET);
        assertThat(cluster.toString()).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5701", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:05701", "fd00::2:5701",
        "[fd00::2]", "a b:1", "127.0.0.1:5701 ", "host:+1", "-host:1", "0.0.0.0:5701", "[::]:5701", "[0:0:0:0:0:0:0:0]:5701", "0:5701"})
    void anAddressThatIsNoneIsRefusedAtItsPlace(String address) {
        assertThat(problems(file(address, "presence.secret", "127.0.0.1:5701"))).singleElement().satisfies(p -> {
            assertThat(p.path()).isEqualTo("presence.cluster.listen");
            assertThat(p.position().line()).isEqualTo(4);
            assertThat(p.found()).contains("'" + address + "'");
            assertThat(p.allowed()).isEqualTo(MemberAddress.ALLOWED);
        });
    }

    @Test
    void everyProblemIsReportedAtItsPlace() {
        assertThat(problems(file("nowhere", "none.secret", "127.0.0.1:5701", "x", "127.0.0.1:5701"))).extracting(ConfigProblem::path)
                .containsExactly("presence.cluster.listen", "presence.cluster.members[1]", "presence.cluster.members[2]",
                        "presence.cluster.secret-file");
    }

    @Test
    void aSecretThatIsTooShortIsRefusedAndNotTold() throws IOException {
        Files.writeString(secretFile, SECRET.substring(1) + "\n");
        assertThat(problems(file("127.0.0.1:5701", "presence.secret", "127.0.0.1:5701"))).singleElement().satisfies(p -> {
            assertThat(p.path()).isEqualTo("presence.cluster.secret-file");
            assertThat(p.position().line()).isEqualTo(6);
            assertThat(p.allowed()).contains("32");
            assertThat(p.toString()).doesNotContain(SECRET.substring(1));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----"})
    void aSecretThatOthersMayTouchIsRefused(String permissions) throws IOException {
        Files.setPosixFilePermissions(secretFile, PosixFilePermissions.fromString(permissions));
        assertThat(problems(file("127.0.0.1:5701", "presence.secret", "127.0.0.1:5701"))).singleElement()
                .satisfies(p -> assertThat(p.path()).isEqualTo("presence.cluster.secret-file"));
    }

    @Test
    void theCheckFindsAddressesAndOpensNoFile() throws ConfigException {
        Plugin plugin = new PresencePlugin();
        plugin.check(file("127.0.0.1:5701", "none.secret", "127.0.0.1:5701"));
        ConfigException refused = catchThrowableOfType(ConfigException.class, () -> plugin.check(file("x", "none.secret", "y")));
        assertThat(refused.problems()).extracting(ConfigProblem::path)
                .containsExactly("presence.cluster.listen", "presence.cluster.members[0]");
    }

    @Test
    void thePluginIsFoundAsAService() {
        assertThat(ServiceLoader.load(Plugin.class)).hasAtLeastOneElementOfType(PresencePlugin.class);
    }

    private List<ConfigProblem> problems(ConfigNode root) {
        return catchThrowableOfType(ConfigException.class, () -> PresenceConfig.read(root)).problems();
    }

    /** What the reader makes of a file with these values: listen in line 4, members in line 5, secret-file in line 6. */
    private ConfigNode file(String listen, String secret, String... members) {
        List<ConfigNode> items = new ArrayList<>();
        for (String member : members) {
            items.add(ConfigNode.scalar(at(5), "presence.cluster.members[" + items.size() + "]", member));
        }
        Map<String, ConfigNode> cluster = new LinkedHashMap<>();
        cluster.put("listen", ConfigNode.scalar(at(4), "presence.cluster.listen", listen));
        cluster.put("members", ConfigNode.list(at(5), "presence.cluster.members", items));
        cluster.put("secret-file", ConfigNode.scalar(at(6), "presence.cluster.secret-file", secret));
        return map("", Map.of("presence", map("presence", Map.of("cluster", map("presence.cluster", cluster)))));
    }

    private ConfigNode map(String path, Map<String, ConfigNode> entries) {
        return ConfigNode.map(at(1), path, entries);
    }

    private Position at(int line) {
        return new Position(folder.resolve("chancery.yaml").toString(), line, 1);
    }
}
