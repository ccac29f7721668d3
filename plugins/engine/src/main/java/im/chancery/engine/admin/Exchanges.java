package im.chancery.engine.admin;

import im.chancery.archive.ArchiveException;
import io.javalin.http.Context;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs a request through its gates: not a browser, a token, not too many at once, its duty, the parameters; then what is asked; then its audit
 * record; and only then the answer. Where the record fails, nothing is shown.
 */
final class Exchanges {
    private static final Logger LOG = LoggerFactory.getLogger(Exchanges.class);
    private static final String BEARER = "Bearer ";
    private static final String DUTY = "duty";
    private static final String NOT_RECORDED = "nothing is shown, because this use could not be recorded; the archive's state is in the engine's log";

    private final TokensFile tokens;
    private final AuditTrail audit;
    private final DeniedAttempts denied;
    private final AtOnce atOnce;

    Exchanges(TokensFile tokens, AuditTrail audit, DeniedAttempts denied, AtOnce atOnce) {
        this.tokens = tokens;
        this.audit = audit;
        this.denied = denied;
        this.atOnce = atOnce;
    }

    /** Answers a request for a route that needs a token. */
    void answer(Context http, Route route) {
        try {
            AdminToken token = authenticate(http, route);
            show(http, 200, recorded(parameters(http, route, token), route));
        } catch (Problem e) {
            show(http, e.status(), e.json());
        }
    }

    static void show(Context http, int status, JsonNode body) {
        http.status(status).header("Cache-Control", "no-store")
                .contentType(status < 400 ? "application/json" : "application/problem+json")
                .result(JsonMapper.shared().writeValueAsBytes(body));
    }

    /**
     * Turns browsers away: a page that somebody on this machine looks at must not reach the API, neither by a form nor by
     * a name that it makes point here.
     */
    static void refuseBrowsers(Context http) throws Problem {
        if (http.header("Origin") != null) {
            throw new Problem(403, "this API is not for web pages");
        }
        if (!isLoopback(http.header("Host"))) {
            throw new Problem(403, "the Host header names no loopback address");
        }
    }

    private static boolean isLoopback(String host) {
        if (host == null) {
            return false;
        }
        try {
            String name = new URI("http://" + host).getHost();
            return name != null && (name.equals("localhost") || name.equals("[::1]") || name.matches("127(\\.[0-9]{1,3}){3}"));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private AdminToken authenticate(Context http, Route route) throws Problem {
        String header = http.header("Authorization");
        Map<String, String> asked = Map.of("path", shortened(http.path()));
        Optional<AdminToken> token = header != null && header.startsWith(BEARER) ? tokens.find(header.substring(BEARER.length())) : Optional.empty();
        if (token.isEmpty()) {
            denied.denied("nobody", "denied." + route.action(), asked);
            http.header("WWW-Authenticate", "Bearer");
            throw new Problem(401, header == null ? "a token is needed: Authorization: Bearer …" : "no such token");
        }
        try {
            atOnce.begin(http, token.get());
            if (!route.duties().contains(token.get().duty())) {
                throw new Problem(403, "this needs the duty " + String.join(" or ", route.duties().stream().map(Duty::word).sorted().toList())
                        + ", and this token's is " + token.get().duty().word());
            }
        } catch (Problem e) {
            denied.denied(new Request(token.get(), Map.of()).actor(), "denied." + route.action(),
                    Map.of("path", asked.get("path"), DUTY, token.get().duty().word()));
            throw e;
        }
        return token.get();
    }

    private Request parameters(Context http, Route route, AdminToken token) throws Problem {
        Map<String, String> given = new HashMap<>();
        for (Map.Entry<String, List<String>> query : http.queryParamMap().entrySet()) {
            if (query.getValue().size() != 1) {
                throw new Problem(400, "'" + query.getKey() + "' is given " + query.getValue().size() + " times");
            }
            given.put(query.getKey(), query.getValue().get(0));
        }
        if (route.method().equals("POST")) {
            body(http, given);
        }
        for (String name : given.keySet()) {
            if (!isUnicode(name) || !isUnicode(given.get(name))) {
                throw new Problem(400, "a parameter is not Unicode text, which can't be recorded");
            }
            if (!route.parameters().contains(name)) {
                throw new Problem(400, "there is no parameter '" + shortened(name) + "'; allowed: "
                        + String.join(", ", route.parameters().stream().sorted().toList()));
            }
        }
        given.putAll(http.pathParamMap());
        return new Request(token, given);
    }

    private static void body(Context http, Map<String, String> given) throws Problem {
        String type = http.contentType();
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw new Problem(415, "the body is JSON, with Content-Type: application/json");
        }
        JsonNode body;
        try {
            body = JsonMapper.shared().readTree(http.bodyAsBytes());
        } catch (JacksonException e) {
            throw new Problem(400, "the body is not JSON");
        }
        if (!body.isObject()) {
            throw new Problem(400, "the body is not a JSON object");
        }
        for (Map.Entry<String, JsonNode> entry : body.properties()) {
            JsonNode value = entry.getValue();
            if (value.isContainer()) {
                throw new Problem(400, "'" + shortened(entry.getKey()) + "' is a text, a number or a boolean");
            }
            if (!value.isNull()) {
                given.put(entry.getKey(), value.asString());
            }
        }
    }

    private JsonNode recorded(Request request, Route route) throws Problem {
        if (route.changes()) {
            record(request, route, "asked", 0);
        }
        Route.Answer answer;
        try {
            answer = route.handler().handle(request);
        } catch (Problem e) {
            record(request, route, "refused " + e.status(), 0);
            throw e;
        } catch (ArchiveException e) {
            LOG.error("'{}' failed in the archive: {}", route.action(), e.getMessage());
            LOG.debug("how it failed", e);
            record(request, route, "failed", 0);
            throw new Problem(503, "the archive can't do it just now; why is in the engine's log");
        } catch (RuntimeException e) {
            LOG.error("'{}' failed: {}", route.action(), e.getClass().getName());
            LOG.debug("how it failed", e);
            record(request, route, "failed", 0);
            throw new Problem(500, "it failed; why is in the engine's log");
        }
        record(request, route, "done", answer.count());
        return answer.body();
    }

    private void record(Request request, Route route, String phase, long count) throws Problem {
        Map<String, String> parameters = request.audited();
        parameters.put("phase", phase);
        parameters.put(DUTY, request.token().duty().word());
        try {
            audit.record(request.actor(), route.action(), parameters, count);
        } catch (ArchiveException e) {
            LOG.error("the use '{}' of the admin API could not be recorded, and its result is not shown", route.action());
            LOG.debug("why it could not be recorded", e);
            throw new Problem(503, NOT_RECORDED);
        }
    }

    /** Half a surrogate pair, which JSON can say, is no text. */
    private static boolean isUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static String shortened(String text) {
        return Request.shortened(text, 200);
    }
}
