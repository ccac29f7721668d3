package im.chancery.engine.admin;

import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * One thing that can be asked of the API with a token.
 *
 * @param method     {@code GET}, or {@code POST} with a JSON body
 * @param path       with its parameters in braces
 * @param duties     whose it is; never empty
 * @param action     its name in audit records
 * @param parameters the names it takes, those of the path left out
 * @param changes    whether it may change something: then it is recorded before it is done, too
 * @param handler    does it
 */
record Route(String method, String path, Set<Duty> duties, String action, Set<String> parameters, boolean changes, Handler handler) {
    Route {
        duties = Set.copyOf(duties);
        parameters = Set.copyOf(parameters);
        Objects.requireNonNull(handler, "handler");
        if (duties.isEmpty() || changes && !method.equals("POST")) {
            throw new IllegalArgumentException("a route belongs to a duty, and only a POST changes anything: " + path);
        }
    }

    static Route get(String path, Set<Duty> duties, String action, Set<String> parameters, Handler handler) {
        return new Route("GET", path, duties, action, parameters, false, handler);
    }

    /** A question that needs a body, and changes nothing. */
    static Route ask(String path, Set<Duty> duties, String action, Set<String> parameters, Handler handler) {
        return new Route("POST", path, duties, action, parameters, false, handler);
    }

    static Route change(String path, Set<Duty> duties, String action, Set<String> parameters, Handler handler) {
        return new Route("POST", path, duties, action, parameters, true, handler);
    }

    /** Does what is asked. What it answers is held back until its use is recorded. */
    @FunctionalInterface
    interface Handler {
        Answer handle(Request request) throws Problem;
    }

    /**
     * A result.
     *
     * @param body  what is shown
     * @param count how many entries that are
     */
    record Answer(JsonNode body, long count) {
    }
}
