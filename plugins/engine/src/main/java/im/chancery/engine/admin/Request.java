package im.chancery.engine.admin;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * An authenticated request: whose, and its parameters, which are those of the path, of the query and of a JSON body alike.
 * Each reader says with a {@link Problem} of status 400 what is allowed.
 *
 * @param token      whose
 * @param parameters by name, as text
 */
record Request(AdminToken token, Map<String, String> parameters) {
    Request {
        parameters = Map.copyOf(parameters);
    }

    /** Who asks, as audit records name them. */
    String actor() {
        return token.name() + " (" + token.id() + ")";
    }

    /** The parameters as they go into an audit record. */
    Map<String, String> audited() {
        Map<String, String> shortened = new TreeMap<>();
        parameters.forEach((name, value) -> shortened.put(name, shortened(value, 1024)));
        return shortened;
    }

    /** At most so many characters, and none of them by half, since half a surrogate pair can't be recorded. */
    static String shortened(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most) + "…";
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isBlank());
    }

    String must(String name) throws Problem {
        return text(name).orElseThrow(() -> new Problem(400, "'" + name + "' is missing"));
    }

    /** A moment: {@code 2026-11-22T08:30:00Z}, or {@code 2026-11-22} for the start of that day in UTC. */
    Optional<Instant> instant(String name) throws Problem {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            String value = text.get();
            return Optional.of(value.length() == 10 ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant() : Instant.parse(value));
        } catch (DateTimeParseException e) {
            throw new Problem(400, "'" + name + "' is a day such as 2026-11-22 or a moment such as 2026-11-22T08:30:00Z, found '" + text.get() + "'");
        }
    }

    /** A bare address; a resource is refused, lest somebody thinks it narrows a search. */
    Optional<BareJid> address(String name) throws Problem {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Jid jid = JidCreate.from(text.get());
            if (!jid.hasResource()) {
                return Optional.of(jid.asBareJid());
            }
        } catch (XmppStringprepException e) {
            // told below, like an address with a resource
        }
        throw new Problem(400, "'" + name + "' is a bare address such as ann@example.org, found '" + text.get() + "'");
    }

    BareJid mustAddress(String name) throws Problem {
        must(name);
        return address(name).orElseThrow();
    }

    /** A whole number within bounds. */
    long number(String name, long otherwise, long least, long most) throws Problem {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text.get());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below, like a number out of bounds
        }
        throw new Problem(400, "'" + name + "' is a whole number from " + least + " to " + most + ", found '" + text.get() + "'");
    }

    boolean flag(String name, boolean otherwise) throws Problem {
        String text = text(name).orElse(Boolean.toString(otherwise));
        if (!text.equals("true") && !text.equals("false")) {
            throw new Problem(400, "'" + name + "' is true or false, found '" + text + "'");
        }
        return text.equals("true");
    }
}
