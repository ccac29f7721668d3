package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.EngineProcess;
import im.chancery.tests.e2e.Folders;
import im.chancery.tests.e2e.ProsodyServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The benchmark's Prosody with an engine beside it, on Derby, with a directory and walls that every decision looks at. */
final class GatedHost implements Host.Running {
    private final Path home;
    private final String admin;
    private final EngineProcess engine;
    private ProsodyServer prosody;

    private GatedHost(Path home, int adminPort) {
        this.home = home;
        this.admin = "http://127.0.0.1:" + adminPort;
        this.engine = new EngineProcess(home.resolve("chancery.yaml"), () -> page("/readyz").statusCode() == 200);
    }

    static GatedHost start(int people) throws Exception {
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
        GatedHost host = new GatedHost(home, port);
        try {
            host.engine.start();
            host.prosody = ProsodyServer.start(Host.setup(people).modules("chancery")
                    .pluginPath(EngineProcess.repository().resolve("plugins/host-prosody/src/main/lua"))
                    .global("chancery_engine = \"unix:" + home.resolve("link/engine.sock") + "\""));
            return host;
        } catch (RuntimeException | Error e) {
            host.close();
            throw e;
        }
    }

    private static String config(int people, int adminPort) {
        String directory = IntStream.range(0, people)
                .mapToObj(i -> "  - {jid: u" + i + "@localhost, department: " + (i % 4 < 2 ? "office" : "field") + "}\n")
                .collect(Collectors.joining());
        return """
                node: {name: bench, data: data, keys: keys, keystore-password-file: secrets/keystore-password}
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
                """.formatted("root".equals(System.getProperty("user.name")) ? ", group: prosody" : "", adminPort, directory);
    }

    private static void secret(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private HttpResponse<String> page(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(admin + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public InetSocketAddress clients() {
        return new InetSocketAddress(prosody.address(), ProsodyServer.CLIENT_PORT);
    }

    @Override
    public String domain() {
        return prosody.domain();
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of("Prosody", prosody.pid(), "engine", engine.pid());
    }

    @Override
    public void check(int messages) throws IOException, InterruptedException {
        double allowed = page("/metrics").body().lines()
                .filter(l -> l.startsWith("chancery_verdicts_total") && l.contains("effect=\"allow\""))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ')))).sum();
        if (allowed < messages) {
            throw new IllegalStateException(messages + " messages have arrived, but only " + allowed + " were recorded and allowed");
        }
    }

    @Override
    public void close() {
        if (prosody != null) {
            prosody.close();
        }
        engine.close();
        Folders.delete(home);
    }
}
