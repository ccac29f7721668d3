package im.chancery.core;

import java.util.Locale;
import java.util.Objects;

/**
 * A stanza error as a value (RFC 6120, section 8.3).
 *
 * @param type      the error's type
 * @param condition the defined condition
 * @param text      what the sender reads, in words an employee understands
 */
public record StanzaError(Type type, Condition condition, String text) {

    /** RFC 6120, section 8.3.2. */
    public enum Type {
        AUTH, CANCEL, CONTINUE, MODIFY, WAIT;

        /** The type as it is written in XML. */
        public String token() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The conditions that Chancery uses, of RFC 6120, section 8.3.3. */
    public enum Condition {
        POLICY_VIOLATION, RESOURCE_CONSTRAINT, NOT_ACCEPTABLE, FORBIDDEN;

        /** The condition as it is written in XML. */
        public String token() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public StanzaError {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(condition, "condition");
        Objects.requireNonNull(text, "text");
    }

    /** A refusal by policy (RFC 6120, section 8.3.3.12, which recommends {@code modify} or {@code wait}). */
    public static StanzaError policyViolation(String text) {
        return new StanzaError(Type.MODIFY, Condition.POLICY_VIOLATION, text);
    }

    /** Chancery can't record just now; the sender may try again (RFC 6120, section 8.3.3.17). */
    public static StanzaError unavailable(String text) {
        return new StanzaError(Type.WAIT, Condition.RESOURCE_CONSTRAINT, text);
    }
}
