package im.chancery.engine.admin;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A request that isn't answered with its result. Told as problem details (RFC 9457). */
final class Problem extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status the HTTP status
     * @param detail one sentence: what is wrong and what to do
     */
    Problem(int status, String detail) {
        super(detail, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    private String title() {
        return switch (status) {
            case 400 -> "Bad request";
            case 401 -> "Not authenticated";
            case 403 -> "Not allowed";
            case 404 -> "Not found";
            case 410 -> "Destroyed";
            case 415 -> "Unsupported media type";
            case 422 -> "Refused";
            case 503 -> "Not available";
            default -> "Failed";
        };
    }

    ObjectNode json() {
        return JsonNodeFactory.instance.objectNode().put("title", title()).put("status", status).put("detail", getMessage());
    }
}
