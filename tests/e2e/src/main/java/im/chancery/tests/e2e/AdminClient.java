package im.chancery.tests.e2e;

import im.chancery.cli.Chancery;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks an engine's admin API as an operator does. For one thread. */
public final class AdminClient {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int PAGE = 1000;

    private final HttpClient http;
    private final String base;
    private final Deployment.Tokens tokens;

    /** An API at this address, which only a loopback has. */
    AdminClient(String address, int port, Deployment.Tokens tokens) {
        this(address, port, tokens, HttpClient.Builder.NO_PROXY);
    }

    /** One that is reached through somebody who passes on all to it. */
    AdminClient(String address, int port, Deployment.Tokens tokens, InetSocketAddress relay) {
        this(address, port, tokens, ProxySelector.of(relay));
    }

    private AdminClient(String address, int port, Deployment.Tokens tokens, ProxySelector proxy) {
        this.http = HttpClient.newBuilder().connectTimeout(LIMIT).proxy(proxy).build();
        this.base = "http://" + address + ":" + port;
        this.tokens = tokens;
    }

    /** Whether the engine says that its message path is open; false too while nobody listens. */
    public boolean isReady() {
        try {
            return http.send(HttpRequest.newBuilder(URI.create(base + "/readyz")).timeout(LIMIT).build(),
                    HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** All attempts that this person has sent or would have got, in log order. */
    public List<JsonNode> attemptsWith(String bareJid) {
        return attempts("with=" + URLEncoder.encode(bareJid, StandardCharsets.UTF_8) + "&", -1);
    }

    /** All attempts. */
    public List<JsonNode> attempts() {
        return attempts(-1);
    }

    /** All attempts with a greater leaf index than this. */
    public List<JsonNode> attempts(long after) {
        return attempts("", after);
    }

    private List<JsonNode> attempts(String criteria, long beginning) {
        List<JsonNode> all = new ArrayList<>();
        Optional<String> after = Optional.of(Long.toString(beginning));
        while (after.isPresent()) {
            JsonNode page = get(tokens.reader(), "/v1/records?" + criteria + "limit=" + PAGE + "&after=" + after.get());
            page.get("records").forEach(all::add);
            after = Optional.ofNullable(page.get("next")).map(JsonNode::asString);
        }
        return all;
    }

    /** The message attempts with this stanza id, in log order. */
    public List<JsonNode> attemptsOf(String stanzaId) {
        return attempts().stream().filter(a -> stanzaId.equals(text(a, "stanzaId"))).toList();
    }

    /**
     * Waits until the one attempt with this stanza id has its outcome, and gives it.
     *
     * @throws AssertionError if there is more than one
     */
    public JsonNode onlyAttempt(String stanzaId) {
        JsonNode attempt = Deadline.awaitValue("outcome of " + stanzaId, LIMIT, () -> {
            List<JsonNode> found = attemptsOf(stanzaId);
            return found.isEmpty() || text(found.get(0), "outcome") == null ? Optional.empty() : Optional.of(found.get(0));
        });
        List<JsonNode> all = attemptsOf(stanzaId);
        if (all.size() != 1) {
            throw new AssertionError("one attempt with id " + stanzaId + " expected, found " + all);
        }
        return attempt;
    }

    /** One record, opened, with its stanza. */
    public JsonNode record(String id) {
        return get(tokens.reader(), "/v1/records/" + id);
    }

    /** What the command line prints to a reader, on either output. */
    public String readerRuns(String... command) {
        return run(tokens.reader(), command);
    }

    /** What the command line prints to an administrator, on either output. */
    public String administratorRuns(String... command) {
        return run(tokens.administrator(), command);
    }

    private String run(String token, String... command) {
        StringWriter printed = new StringWriter();
        PrintWriter out = new PrintWriter(printed);
        Chancery.run(command, out, out, Map.of("CHANCERY_API", base, "CHANCERY_TOKEN", token));
        return printed.toString();
    }

    /** Who is available, as this node sees it: one {@code JID/RESOURCE} each. */
    public List<String> available() {
        List<String> found = new ArrayList<>();
        get(tokens.administrator(), "/v1/presence").get("people").forEach(person -> person.get("resources").forEach(resource ->
                found.add(text(person, "jid") + "/" + text(resource, "resource"))));
        return found.stream().sorted().toList();
    }

    /** The same with the node on which each is: {@code JID/RESOURCE on NODE}. */
    public List<String> whereabouts() {
        List<String> found = new ArrayList<>();
        get(tokens.administrator(), "/v1/presence").get("people").forEach(person -> person.get("resources").forEach(resource ->
                found.add(text(person, "jid") + "/" + text(resource, "resource") + " on " + text(resource, "node"))));
        return found.stream().sorted().toList();
    }

    /** The nodes of the cluster, as this node sees it. */
    public List<String> members() {
        List<String> found = new ArrayList<>();
        get(tokens.administrator(), "/v1/cluster").get("members").forEach(member -> found.add(text(member, "node")));
        return found.stream().sorted().toList();
    }

    /** The log's verifier key. */
    public String verifierKey() {
        return text(get(tokens.administrator(), "/v1/key"), "key");
    }

    /** The value of one of the engine's metrics that has no labels. */
    public double metric(String name) {
        String line = body("", "/metrics").lines().filter(l -> l.startsWith(name + " ")).findAny().orElseThrow();
        return Double.parseDouble(line.substring(line.lastIndexOf(' ')));
    }

    /** A field's text; null where it is absent or null. */
    public static String text(JsonNode object, String field) {
        JsonNode value = object.get(field);
        return value == null || value.isNull() ? null : value.asString();
    }

    private JsonNode get(String token, String path) {
        return JsonMapper.shared().readTree(body(token, path));
    }

    private String body(String token, String path) {
        try {
            HttpResponse<String> response = http.send(HttpRequest.newBuilder(URI.create(base + path)).timeout(LIMIT)
                    .header("Authorization", "Bearer " + token).build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new AssertionError(path + " gave " + response.statusCode() + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
