package im.chancery.tests.e2e;

import im.chancery.tests.contracts.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.function.Predicate;

/** An engine's folders and config, on Derby, for one domain and its room service; and the engine, not started yet. For one thread. */
public final class EngineHome implements AutoCloseable {
    /** The node's name, which is its log's origin. */
    public static final String NODE = "home";

    private final Path home;
    private final String admin;
    private final EngineProcess engine;

    private EngineHome(Path home, int adminPort) {
        this.home = home;
        this.admin = "http://127.0.0.1:" + adminPort;
        this.engine = new EngineProcess(home.resolve("chancery.yaml"), () -> page("/readyz").statusCode() == 200);
    }

    /**
     * Makes them in a temporary folder.
     *
     * @param host      where the engine will be: beside it, with a link, or in it
     * @param domain    the domain served
     * @param directory the config's lines for departments, people and rules
     */
    public static EngineHome make(XmppHost host, String domain, String directory) throws IOException {
        Path home = Files.createTempDirectory("chancery-home-");
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String folder : new String[] {"data", "keys", "secrets", "link"}) {
            Files.createDirectories(home.resolve(folder));
        }
        if (!host.holdsEngine()) {
            ProsodyServer.giveAway(home.resolve("link"));
        }
        secret(home.resolve("secrets/keystore-password"), UUID.randomUUID().toString());
        secret(home.resolve("secrets/tokens"), "[]");
        int port = FreePort.on("127.0.0.1");
        String link = "link: {listen: \"unix:link/engine.sock\"" + (ProsodyServer.isRoot() ? ", group: " + ProsodyServer.SYSTEM_USER : "") + "}\n";
        Files.writeString(home.resolve("chancery.yaml"), """
                node: {name: %s, data: data, keys: keys, keystore-password-file: secrets/keystore-password}
                domains: {served: [%s], services: [%s]}
                admin: {listen: "127.0.0.1:%d", tokens: secrets/tokens}
                retention:
                  classes: [{name: default, period: 90 days}, {name: audit, period: 10 years}]
                """.formatted(NODE, domain, XmppSetup.roomDomain(domain), port) + (host.holdsEngine() ? "" : link) + directory);
        return new EngineHome(home, port);
    }

    private static void secret(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** What the admin API answers. */
    public HttpResponse<String> page(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(admin + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** How many submissions it has recorded and allowed since it was started, by its own count. */
    public long allowed() throws IOException, InterruptedException {
        return (long) samples(l -> l.startsWith("chancery_verdicts_total") && l.contains("effect=\"allow\""));
    }

    /** The value of one of its metrics' samples, by its name with its labels as they are shown; 0 where it isn't shown. */
    double metric(String sample) throws IOException, InterruptedException {
        return samples(l -> l.startsWith(sample + " "));
    }

    private double samples(Predicate<String> wanted) throws IOException, InterruptedException {
        return page("/metrics").body().lines().filter(wanted).mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ')))).sum();
    }

    /** The engine's process, or its config where the host holds the engine. */
    public EngineProcess engine() {
        return engine;
    }

    /** {@code data}, {@code keys}, {@code secrets} and {@code link} are in it. */
    public Path folder() {
        return home;
    }

    @Override
    public void close() {
        engine.close();
        Folders.delete(home);
    }
}
