package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.impl.JidCreate;

class ArchiveOptionsTest {
    @Test
    void isDerbyWithoutSinksWhereNothingIsSaid() throws Exception {
        ArchiveOptions options = ArchiveOptions.from(map(Map.of()));
        assertThat(options.url()).isEmpty();
        assertThat(options.queue()).isEqualTo(ArchiveConfig.DEFAULT_QUEUE);
        assertThat(options.checkpointInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.sinks()).isEmpty();
    }

    @Test
    void readsPostgresAndSinks() throws Exception {
        ArchiveOptions options = ArchiveOptions.from(map(Map.of("archive", Map.of(
                "store", Map.of("kind", "postgresql", "url", "jdbc:postgresql://127.0.0.1/c", "user", "u", "password-file", "p"),
                "queue", 10L, "checkpoint-interval", "500 ms",
                "sinks", List.of(Map.of("kind", "file", "path", "/mnt/x"), Map.of("kind", "syslog", "host", "h"),
                        Map.of("kind", "xmpp", "to", "a@example.org"))))));
        assertThat(options.url()).contains("jdbc:postgresql://127.0.0.1/c");
        assertThat(options.password()).get().extracting(ConfigNode::text).isEqualTo("p");
        assertThat(options.queue()).isEqualTo(10);
        assertThat(options.checkpointInterval()).isEqualTo(Duration.ofMillis(500));
        assertThat(options.sinks()).containsExactly(new ArchiveOptions.ToFile(Path.of("/mnt/x")),
                new ArchiveOptions.ToSyslog("h", 514), new ArchiveOptions.ToAddress(JidCreate.bareFrom("a@example.org"), Duration.ofHours(1)));
    }

    @Test
    void makesTheArchivesConfig(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("p"), "hunter2\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Map<String, Object> store = Map.of("kind", "postgresql", "url", "jdbc:postgresql://127.0.0.1/c", "user", "u", "password-file", file.toString());
        ArchiveConfig config = ArchiveOptions.from(map(Map.of("archive", Map.of("store", store, "queue", 10L))))
                .config("alpha", folder.resolve("data"), folder.resolve("keys"), () -> new char[0], List.of());
        assertThat(config.queue()).isEqualTo(10);
        assertThat(config.store().kind()).isEqualTo(StoreConfig.Kind.POSTGRESQL);
        assertThat(config.store().password().orElseThrow().chars()).containsExactly("hunter2".toCharArray());
        assertThat(config.toString()).doesNotContain("hunter2");
    }

    @Test
    void refusesAPasswordFileThatOthersMayRead(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("p"), "hunter2\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        ArchiveOptions options = ArchiveOptions.from(map(Map.of("archive", Map.of("store", Map.of("kind", "postgresql",
                "url", "jdbc:postgresql://127.0.0.1/c", "user", "u", "password-file", file.toString())))));
        assertThatThrownBy(() -> options.config("alpha", folder.resolve("data"), folder.resolve("keys"), () -> new char[0], List.of()))
                .isInstanceOf(ConfigException.class).hasMessageContaining("archive.store.password-file: found a file that others may touch");
    }

    @Test
    void refusesWhatBelongsToAnotherKind() {
        refused(Map.of("store", Map.of("kind", "derby", "user", "u")), "archive.store.user: found user for kind derby; allowed: no other options");
        refused(Map.of("sinks", List.of(Map.of("kind", "file", "path", "p", "port", 514L))),
                "archive.sinks[0].port: found port for kind file; allowed: only path");
    }

    @Test
    void refusesWhatLacksSomething() {
        refused(Map.of("store", Map.of("kind", "postgresql")), "archive.store: found kind postgresql without url; allowed: url beside it");
        refused(Map.of("sinks", List.of(Map.of("kind", "xmpp"))), "archive.sinks[0]: found kind xmpp without to; allowed: to beside it");
    }

    @Test
    void refusesAUrlWithASecretAndDoesNotRepeatIt() {
        for (String url : List.of("jdbc:postgresql://h/c?user=u&password=hunter2", "jdbc:postgresql://u:hunter2@h/c", "mysql:hunter2")) {
            assertThatThrownBy(() -> ArchiveOptions.from(map(Map.of("archive", Map.of("store", Map.of("kind", "postgresql", "url", url, "user", "u"))))))
                    .isInstanceOf(ConfigException.class).hasMessageContaining("archive.store.url: found").message().doesNotContain("hunter2");
        }
    }

    private static void refused(Map<String, Object> archive, String problem) {
        assertThatThrownBy(() -> ArchiveOptions.from(map(Map.of("archive", archive))))
                .isInstanceOf(ConfigException.class).hasMessageContaining(problem);
    }

    private static ConfigNode map(Map<String, Object> values) {
        return node("", values);
    }

    private static ConfigNode node(String path, Object value) {
        Position position = new Position("/etc/c.yaml", 1, 1);
        if (value instanceof Map<?, ?> map) {
            Map<String, ConfigNode> entries = new LinkedHashMap<>();
            map.forEach((key, v) -> entries.put(key.toString(), node(path.isEmpty() ? key.toString() : path + "." + key, v)));
            return ConfigNode.map(position, path, entries);
        }
        if (value instanceof List<?> list) {
            List<ConfigNode> items = new ArrayList<>();
            list.forEach(item -> items.add(node(path + "[" + items.size() + "]", item)));
            return ConfigNode.list(position, path, items);
        }
        return ConfigNode.scalar(position, path, value);
    }
}
