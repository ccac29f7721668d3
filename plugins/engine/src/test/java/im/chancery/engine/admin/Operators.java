package im.chancery.engine.admin;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One person for each duty, with a token, and the way to ask the API as one of them. */
final class Operators {
    private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    private final String api;

    Operators(String api) {
        this.api = api;
    }

    static String token(Duty duty) {
        return "token-of-the-" + duty.word();
    }

    /** Writes a tokens file with each duty's token. */
    static Path writeTokens(Path file) throws Exception {
        return write(file, Arrays.stream(Duty.values()).map(d -> entry(d.word(), d.word(), d.word(), token(d))).collect(Collectors.joining(",\n", "[", "]")));
    }

    static Path write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    static String entry(String id, String name, String duty, String token) {
        return "{\"id\": \"%s\", \"name\": \"%s\", \"duty\": \"%s\", \"sha256\": \"%s\"}".formatted(id, name, duty, sha256(token));
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    HttpResponse<String> get(Duty duty, String path) throws Exception {
        return HTTP.send(request(token(duty), path).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(Duty duty, String path, String body) throws Exception {
        return HTTP.send(request(token(duty), path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Asks for a route with any parameters that satisfy it. */
    CompletableFuture<HttpResponse<String>> ask(String token, Route route) {
        HttpRequest.Builder request = request(token, route.path().replace("{origin}", "node1").replace("{index}", "0"));
        if (route.method().equals("POST")) {
            request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body(route)));
        }
        return HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String body(Route route) {
        return switch (route.path()) {
            case "/v1/explain" -> "{\"from\": \"ada@localhost\", \"to\": \"clara@localhost\"}";
            case "/v1/holds" -> "{\"matter\": \"M\", \"custodian\": \"ada@localhost\"}";
            case "/v1/dispositions" -> "{\"dryRun\": false}";
            default -> "{}";
        };
    }

    HttpRequest.Builder request(String token, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path)).timeout(Duration.ofSeconds(60));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    static Map<String, String> fieldsOf(JsonNode record) {
        return record.path("fields").properties().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().asString()));
    }
}
