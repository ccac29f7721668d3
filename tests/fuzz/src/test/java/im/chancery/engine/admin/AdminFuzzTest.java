package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.engine.Engine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.impl.JidCreate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Any request to a running engine's admin API, by anybody: it is answered, never with a failure of the engine's own; what isn't a result is a
 * problem (RFC 9457); what was said is shown to readers alone; and who has no token sees nothing but health and metrics.
 *
 * <p>An input is a letter for who asks (the first of a duty's word; {@code s} for a token that nobody has, anything else for none),
 * the method and target up to the line's end, and the body.
 */
class AdminFuzzTest {
    private static final String SAID = "the-canary-sings";
    private static final String STRANGER = "no-such-token";
    /** After so many requests a new engine takes over, since each leaves a record. */
    private static final int REQUESTS = 20_000;

    @TempDir
    private static Path folder;
    private static Engine engine;
    private static int asked;

    /** An answer; the body is empty where there is none. */
    private record Answer(int status, String head, String body) {
        static Answer of(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            int end = text.indexOf("\r\n\r\n");
            assertThat(text).matches("(?s)HTTP/1\\.1 [0-9]{3} .*");
            assertThat(end).as("the head ends: %s", text).isPositive();
            return new Answer(Integer.parseInt(text.substring(9, 12)), text.substring(0, end).toLowerCase(Locale.ROOT), text.substring(end + 4));
        }
    }

    @BeforeAll
    static void start() throws Exception {
        Path home = Files.createDirectory(folder.resolve("engine" + asked));
        secret(home.resolve("password"), "correct horse battery staple");
        secret(home.resolve("tokens"), Arrays.stream(Duty.values()).map(AdminFuzzTest::entry).collect(Collectors.joining(",", "[", "]")));
        engine = Engine.start(Files.writeString(home.resolve("chancery.yaml"), """
                node: {name: node1, data: data, keys: keys, keystore-password-file: password}
                domains: {served: [localhost], services: [rooms.localhost]}
                admin: {listen: "127.0.0.1:0", tokens: tokens}
                departments: [research, trading]
                roles: {employee: {}}
                people:
                  - {jid: ada@localhost, department: research, roles: [employee]}
                  - {jid: boris@localhost, department: research, roles: [employee]}
                retention:
                  classes:
                    - {name: default, period: 90 days}
                    - {name: audit, period: 10 years}
                """), Clock.systemUTC());
        engine.gate().submit(new Exchange(JidCreate.from("ada@localhost/a"), JidCreate.from("boris@localhost"), Optional.empty(), StanzaKind.MESSAGE, "chat",
                Direction.LOCAL, Place.DIRECT, Optional.empty(), "<message><body>" + SAID + "</body></message>")).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    private static void secret(Path file, String text) throws IOException {
        Files.setPosixFilePermissions(Files.writeString(file, text), PosixFilePermissions.fromString("rw-------"));
    }

    private static String entry(Duty duty) {
        try {
            String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(token(duty).getBytes(StandardCharsets.UTF_8)));
            return "{\"id\": \"%1$s\", \"name\": \"%1$s\", \"duty\": \"%1$s\", \"sha256\": \"%2$s\"}".formatted(duty.word(), hash);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static String token(Duty duty) {
        return "token-of-" + duty.word() + "-0123456789";
    }

    @FuzzTest(maxDuration = "1h")
    void anyRequestShouldBeAnsweredAndShowNobodyWhatIsNotHis(byte[] input) throws Exception {
        if (++asked % REQUESTS == 0) {
            stop();
            start();
        }
        int lineEnd = 0;
        while (lineEnd < input.length && input[lineEnd] != '\n') {
            lineEnd++;
        }
        Optional<String> token = input.length == 0 ? Optional.empty() : token((char) input[0]);
        String line = new String(input, Math.min(1, lineEnd), Math.max(0, lineEnd - 1), StandardCharsets.ISO_8859_1).replace("\r", "");
        byte[] body = lineEnd + 1 < input.length ? Arrays.copyOfRange(input, lineEnd + 1, input.length) : new byte[0];
        judge(ask(token, line, body), token, line);
    }

    private static Optional<String> token(char letter) {
        if (letter == 's') {
            return Optional.of(STRANGER);
        }
        return Arrays.stream(Duty.values()).filter(duty -> letter(duty) == letter).map(AdminFuzzTest::token).findFirst();
    }

    /** Two duties begin with the same letter: the records officer is {@code o}. */
    private static char letter(Duty duty) {
        return duty == Duty.RECORDS_OFFICER ? 'o' : duty.word().charAt(0);
    }

    private static Answer ask(Optional<String> token, String line, byte[] body) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes((line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n"
                + token.map(t -> "Authorization: Bearer " + t + "\r\n").orElse("") + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        try (Socket socket = new Socket(engine.adminAddress().getAddress(), engine.adminAddress().getPort())) {
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(60));
            socket.getOutputStream().write(request.toByteArray());
            return Answer.of(socket.getInputStream().readAllBytes());
        }
    }

    private static void judge(Answer answer, Optional<String> token, String line) {
        assertThat(answer.status()).as("%s: %s", line, answer).isBetween(200, 499);
        assertThat(answer.body()).as(line).doesNotContain("Exception", "im.chancery", "io.javalin", "org.eclipse");
        if (answer.status() >= 400 && !line.startsWith("HEAD")) {
            assertThat(answer.head()).as(line).contains("content-type: application/problem+json");
            JsonNode problem = JsonMapper.shared().readTree(answer.body());
            assertThat(problem.path("status").asInt()).as(line).isEqualTo(answer.status());
            assertThat(problem.path("title").asString()).as(line).isNotBlank();
            assertThat(problem.path("detail").asString()).as(line).isNotBlank();
        }
        if (!token.equals(Optional.of(token(Duty.READER)))) {
            assertThat(answer.body()).as(line).doesNotContain(SAID);
        }
        boolean stranger = token.isEmpty() || token.get().equals(STRANGER);
        if (stranger && answer.status() < 400) {
            assertThat(answer.body()).as(line).matches("(?s)|ok\n|ready\n|# HELP .*").doesNotContain("@localhost");
        }
    }
}
