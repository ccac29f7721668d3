package im.chancery.engine.admin;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells what the HTTP server refuses before a route sees it, such as a path that can be read in two ways, as problem details (RFC 9457) like
 * everything else; the server's own page is HTML and quotes its classes.
 */
final class EarlyRefusals extends ErrorHandler {
    private static final Pattern METHOD = Pattern.compile("[A-Z]+");
    private static final String TYPE = "application/problem+json";

    /** A method that isn't spelt in letters is nobody's, and would be the router's failure. */
    static Request refuseStrangeMethods(Request request, HttpFields.Mutable responseHeaders) {
        if (!METHOD.matcher(request.getMethod()).matches()) {
            throw new BadMessageException("not a method");
        }
        return request;
    }

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(Request request, Response response, int status, String message, Throwable cause, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, TYPE);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        // a version that isn't spoken is no failure of ours
        int told = status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 ? HttpStatus.BAD_REQUEST_400 : status;
        response.setStatus(told);
        response.write(true, problem(told), callback);
    }

    @Override
    public ByteBuffer badMessageError(int status, String reason, HttpFields.Mutable fields) {
        fields.put(HttpHeader.CONTENT_TYPE, TYPE);
        return problem(status);
    }

    private static ByteBuffer problem(int status) {
        String detail = status < 500 ? "this is not a request that the API understands" : "it failed; why is in the engine's log";
        return ByteBuffer.wrap(JsonMapper.shared().writeValueAsBytes(new Problem(status, detail).json()));
    }
}
