package im.chancery.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jxmpp.jid.impl.JidCreate;

class EngineConfigTest {
    private static final String TEMPLATE = """
            node: {name: alpha, data: DATA, keys: KEYS, keystore-password-file: keystore.password}
            domains:
              served: [example.org, Research.example.org]
              services: [rooms.example.org]
            admin: {listen: 'LISTEN', tokens: tokens}
            """;

    @TempDir
    Path folder;

    @Test
    void readsItsPartWithPathsFromTheFilesFolder() throws Exception {
        EngineConfig config = from("data", "../keys", "[::1]:0");
        assertThat(config.node()).isEqualTo("alpha");
        assertThat(config.data()).isEqualTo(folder.resolve("data"));
        assertThat(config.keys()).isEqualTo(folder.resolveSibling("keys"));
        assertThat(config.adminTokens()).isEqualTo(folder.resolve("tokens"));
        assertThat(config.adminListen()).isEqualTo(new InetSocketAddress(InetAddress.getByName("::1"), 0));
        assertThat(config.served()).containsExactlyInAnyOrder(
                JidCreate.domainBareFrom("example.org"), JidCreate.domainBareFrom("research.example.org"));
        assertThat(config.services()).containsExactly(JidCreate.domainBareFrom("rooms.example.org"));
    }

    @Test
    void readsTheKeystorePassword() throws Exception {
        EngineConfig config = from("data", "keys", "127.0.0.1:8480");
        assertThatThrownBy(config::readKeystorePassword).isInstanceOf(ConfigException.class).hasMessageContaining(":1:69: node.keystore-password-file: found a file that doesn't exist");
        Path file = Files.createFile(folder.resolve("keystore.password"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, "123456789012345\n");
        assertThatThrownBy(config::readKeystorePassword).isInstanceOf(ConfigException.class).hasMessageContaining("a secret of 15 characters");
        Files.writeString(file, "1234567890123456\n");
        assertThat(config.readKeystorePassword().chars()).containsExactly("1234567890123456".toCharArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"data", "./data", "data/keys", "."})
    void refusesKeysThatShareAFolderWithData(String keys) {
        assertThat(refused("data", keys, "127.0.0.1:0")).singleElement().asString().contains(":1:39: node.keys: found '" + keys + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:8480", "192.0.2.1:80", "localhost:8480", "127.0.0.1", "127.0.0.1:65536", "127.0.0.256:80", "[::]:80", ":80"})
    void refusesToListenBeyondThisMachine(String listen) {
        assertThat(refused("data", "keys", listen)).singleElement().asString().contains(":5:17: admin.listen: found '" + listen + "'");
    }

    @Test
    void refusesADomainTwiceHoweverItIsWritten() throws Exception {
        Path file = Files.writeString(folder.resolve("c.yaml"), """
                node: {name: alpha, data: data, keys: keys, keystore-password-file: env:X}
                domains:
                  served: [example.org, EXAMPLE.org]
                  services: [example.org]
                admin: {tokens: tokens}
                """);
        var root = ConfigReader.read(file, List.of(EngineConfig.DESCRIPTOR));
        assertThatThrownBy(() -> EngineConfig.from(root)).isInstanceOf(ConfigException.class)
                .hasMessageContaining(":3:25: domains.served[1]: found 'EXAMPLE.org' again")
                .hasMessageContaining(":4:14: domains.services[0]: found 'example.org' again");
    }

    @Test
    void refusesToServeNoDomain() throws Exception {
        Path file = Files.writeString(folder.resolve("c.yaml"),
                "node: {name: alpha, data: data, keys: keys, keystore-password-file: env:X}\ndomains: {served: []}\nadmin: {tokens: tokens}\n");
        var root = ConfigReader.read(file, List.of(EngineConfig.DESCRIPTOR));
        assertThatThrownBy(() -> EngineConfig.from(root)).hasMessageContaining(":2:19: domains.served: found an empty list; allowed: at least one domain");
    }

    private EngineConfig from(String data, String keys, String listen) throws Exception {
        Path file = Files.writeString(folder.resolve("c.yaml"), TEMPLATE.replace("DATA", data).replace("KEYS", keys).replace("LISTEN", listen));
        return EngineConfig.from(ConfigReader.read(file, List.of(EngineConfig.DESCRIPTOR)));
    }

    private List<ConfigProblem> refused(String data, String keys, String listen) {
        try {
            from(data, keys, listen);
        } catch (ConfigException e) {
            return e.problems();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return List.of();
    }
}
