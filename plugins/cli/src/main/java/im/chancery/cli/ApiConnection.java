package im.chancery.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks the engine's admin API. */
final class ApiConnection {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** A disposition of many buckets takes its time. */
    private static final Duration ANSWER = Duration.ofMinutes(30);

    private final URI api;
    private final String token;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER).build();

    ApiConnection(URI api, String token) {
        this.api = api;
        this.token = token;
    }

    /** Asks with these query parameters; those that are null are left out. */
    JsonNode get(String path, Map<String, String> query) {
        String encoded = query.entrySet().stream().filter(e -> e.getValue() != null)
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8)).collect(Collectors.joining("&"));
        return send(HttpRequest.newBuilder(at(path + (encoded.isEmpty() ? "" : "?" + encoded))).GET());
    }

    JsonNode post(String path, JsonNode body) {
        return send(HttpRequest.newBuilder(at(path)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JsonMapper.shared().writeValueAsBytes(body))));
    }

    private URI at(String pathAndQuery) {
        String base = api.toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + pathAndQuery);
    }

    private JsonNode send(HttpRequest.Builder request) {
        HttpResponse<byte[]> response;
        try {
            response = client.send(request.header("Authorization", "Bearer " + token).timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.UNREACHABLE, "the token has characters that no token has");
        } catch (IOException e) {
            throw new Failure(ExitCode.UNREACHABLE, "the engine can't be reached at " + api + "; is it running there? --api says where to ask");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitCode.UNREACHABLE, "interrupted while waiting for " + api);
        }
        JsonNode body = parse(response);
        if (response.statusCode() != 200) {
            throw refused(response.statusCode(), body);
        }
        return body;
    }

    private JsonNode parse(HttpResponse<byte[]> response) {
        try {
            return JsonMapper.shared().readTree(response.body());
        } catch (JacksonException e) {
            throw new Failure(ExitCode.UNREACHABLE, api + " answered with HTTP " + response.statusCode() + " and no JSON; is that Chancery's admin API?");
        }
    }

    private Failure refused(int status, JsonNode problem) {
        String detail = Text.line(problem.path("detail").asString("HTTP " + status));
        return switch (status) {
            case 400 -> new Failure(ExitCode.USAGE, detail);
            case 404, 410, 422 -> new Failure(ExitCode.FINDING, detail);
            default -> new Failure(ExitCode.UNREACHABLE, api + ": " + detail);
        };
    }
}
