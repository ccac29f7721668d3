package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.EngineProcess;
import im.chancery.tests.e2e.Folders;
import im.chancery.tests.e2e.ProsodyServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An engine's folders and config, on Derby, with a directory and walls that every decision looks at; and the engine, not started yet. */
final class EngineHome implements AutoCloseable {
    /** The node's name, which is its log's origin. */
    static final String NODE = "bench";

    private final Path home;
    private final String admin;
    private final EngineProcess engine;

    private EngineHome(Path home, int adminPort) {
        this.home = home;
        this.admin = "http://127.0.0.1:" + adminPort;
        this.engine = new EngineProcess(home.resolve("chancery.yaml"), () -> page("/readyz").statusCode() == 200);
    }

    /** Makes them in a temporary folder, for so many people. */
    static EngineHome make(int people) throws IOException {
        Path home = Files.createTempDirectory("chancery-bench-");
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String folder : new String[] {"data", "keys", "secrets", "link"}) {
            Files.createDirectories(home.resolve(folder));
        }
        ProsodyServer.giveAway(home.resolve("link"));
        secret(home.resolve("secrets/keystore-password"), UUID.randomUUID().toString());
        secret(home.resolve("secrets/tokens"), "[]");
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Files.writeString(home.resolve("chancery.yaml"), config(people, port));
        return new EngineHome(home, port);
    }

    private static String config(int people, int adminPort) {
        String directory = IntStream.range(0, people)
                .mapToObj(i -> "  - {jid: u" + i + "@localhost, department: " + (i % 4 < 2 ? "office" : "field") + "}\n")
                .collect(Collectors.joining());
        return """
                node: {name: %s, data: data, keys: keys, keystore-password-file: secrets/keystore-password}
                domains: {served: [localhost], services: [conference.localhost]}
                link: {listen: "unix:link/engine.sock"%s}
                admin: {listen: "127.0.0.1:%d", tokens: secrets/tokens}
                departments: [office, field]
                people:
                %s
                barriers:
                  - {name: wall, from: {departments: [office]}, to: {departments: [field]}, reason: "Office and Field may not exchange messages."}
                retention:
                  classes: [{name: default, period: 90 days}, {name: audit, period: 10 years}]
                """.formatted(NODE, "root".equals(System.getProperty("user.name")) ? ", group: prosody" : "", adminPort, directory);
    }

    private static void secret(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** What the admin API answers. */
    HttpResponse<String> page(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(admin + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    EngineProcess engine() {
        return engine;
    }

    /** {@code data}, {@code keys}, {@code secrets} and {@code link} are in it. */
    Path folder() {
        return home;
    }

    @Override
    public void close() {
        engine.close();
        Folders.delete(home);
    }
}
