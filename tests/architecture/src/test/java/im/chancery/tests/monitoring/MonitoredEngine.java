package im.chancery.tests.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import im.chancery.engine.Engine;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jxmpp.jid.impl.JidCreate;

/** An engine with everything that is measured: two sinks, of which the second fails, an audit stream and an extension, {@link ThrowingExtension}. Its checkpoints are far between. */
final class MonitoredEngine implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final DatagramSocket siem = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final Engine engine;

    MonitoredEngine(Path folder, String checkpointInterval) throws Exception {
        for (String secret : new String[] {"password", "tokens"}) {
            Path file = Files.writeString(folder.resolve(secret), secret.equals("tokens") ? "[]" : "correct horse battery staple");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        ThrowingExtension.jar(folder.resolve("plugins.d/check.jar"));
        engine = Engine.start(Files.writeString(folder.resolve("chancery.yaml"), """
                node: {name: node1, data: data, keys: keys, keystore-password-file: password}
                domains: {served: [localhost]}
                admin: {listen: "127.0.0.1:0", tokens: tokens}
                archive: {checkpoint-interval: %s, sinks: [{kind: file, path: checkpoints}, {kind: file, path: nowhere/checkpoints}]}
                extensions: {use: [{name: check, jar: check.jar, on-failure: allow}]}
                audit-stream: {host: 127.0.0.1, port: %d, transport: udp}
                departments: [research, trading]
                people: [{jid: ada@localhost, department: research}, {jid: boris@localhost, department: research}, {jid: clara@localhost, department: trading}]
                barriers: [{name: wall, from: {departments: [research]}, to: {departments: [trading]}, reason: A wall.}]
                retention: {classes: [{name: default, period: 90 days}, {name: audit, period: 10 years}]}
                """.formatted(checkpointInterval, siem.getLocalPort())), Clock.systemUTC());
    }

    Engine engine() {
        return engine;
    }

    Verdict say(String from, String to) throws Exception {
        return say(from, to, "hello");
    }

    Verdict say(String from, String to, String words) throws Exception {
        return engine.gate().submit(new Exchange(JidCreate.fromOrThrowUnchecked(from), JidCreate.fromOrThrowUnchecked(to), Optional.empty(), StanzaKind.MESSAGE,
                "chat", Direction.LOCAL, Place.DIRECT, Optional.empty(), "<message><body>" + words + "</body></message>")).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    HttpResponse<String> page() throws IOException, InterruptedException {
        URI metrics = URI.create("http://127.0.0.1:" + engine.adminAddress().getPort() + "/metrics");
        return HTTP.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString());
    }

    Exposition scrape() throws IOException, InterruptedException {
        return Exposition.parse(page().body());
    }

    static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        engine.close();
        siem.close();
    }
}
