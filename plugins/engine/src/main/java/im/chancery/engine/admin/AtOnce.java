package im.chancery.engine.admin;

import io.javalin.http.Context;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/**
 * Bounds how many requests each token has under way, and those for which none is needed have together. A request holds one of the API's few threads
 * until its body has come and its answer is taken, which its sender may put off for ever. Safe for many threads.
 */
final class AtOnce {
    /** Less than half of the threads that the HTTP server has left for requests. */
    static final int MOST = 3;
    /** No token has this id. */
    private static final String NO_TOKEN = "";

    private final Map<String, Integer> underWay = new HashMap<>();

    /** Takes a place for a request that needs no token. */
    void begin(Context http) throws Problem {
        begin(http, NO_TOKEN, "requests without a token");
    }

    /** Takes a place for a request with a token. It is free again once all of the answer is written, or can't be. */
    void begin(Context http, AdminToken token) throws Problem {
        begin(http, token.id(), "requests with this token");
    }

    private void begin(Context http, String whose, String what) throws Problem {
        synchronized (this) {
            if (underWay.getOrDefault(whose, 0) >= MOST) {
                throw new Problem(429, MOST + " " + what + " are under way; allowed are " + MOST + " at once");
            }
            underWay.merge(whose, 1, Integer::sum);
        }
        Request.addCompletionListener(ServletContextRequest.getServletContextRequest(http.req()), failure -> end(whose));
    }

    private synchronized void end(String whose) {
        underWay.computeIfPresent(whose, (of, count) -> count == 1 ? null : count - 1);
    }
}
