package im.chancery.archive.syslog;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;

/**
 * One syslog message (RFC 5424, section 6), facility 13 (log audit), application {@code chancery}. Whatever the values hold, it is one line.
 *
 * @param severity   what the sender thinks of it
 * @param time       when it happened; told in ms, UTC
 * @param id         the MSGID: what kind of message; at most 32 characters of it are told
 * @param parameters the structured data {@value #STRUCTURED_DATA}, in this order; left out where there are none. Names are short words of ASCII letters
 *                   and hyphens
 * @param text       what follows, for people; it may be empty
 */
public record SyslogMessage(Severity severity, Instant time, String id, Map<String, String> parameters, String text) {
    /**
     * The name of the structured data. 32473 is the private enterprise number that RFC 5612 keeps for examples; Chancery has none of its own.
     */
    public static final String STRUCTURED_DATA = "chancery@32473";

    private static final int FACILITY = 13;
    private static final int LONGEST_ID = 32;
    private static final int LONGEST_VALUE = 256;
    private static final String NIL = "-";

    /** RFC 5424, section 6.2.1, in its order. */
    public enum Severity {
        EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFORMATIONAL, DEBUG
    }

    public SyslogMessage {
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(text, "text");
        parameters.keySet().forEach(name -> {
            if (!name.matches("[a-z-]{1,32}")) {
                throw new IllegalArgumentException("not a parameter's name: " + name);
            }
        });
    }

    /** {@code <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG}, in UTF-8 and without an end of line. */
    public byte[] bytes() {
        StringBuilder line = new StringBuilder(256).append('<').append(FACILITY * 8 + severity.ordinal()).append(">1 ")
                .append(time.truncatedTo(ChronoUnit.MILLIS)).append(' ').append(token(hostName(), 255)).append(" chancery ")
                .append(ProcessHandle.current().pid()).append(' ').append(token(id, LONGEST_ID)).append(' ');
        if (parameters.isEmpty()) {
            line.append(NIL);
        } else {
            line.append('[').append(STRUCTURED_DATA);
            parameters.forEach((name, value) -> value(line.append(' ').append(name).append("=\""), value).append('"'));
            line.append(']');
        }
        if (!text.isEmpty()) {
            line.append(' ');
            text.codePoints().forEach(c -> line.appendCodePoint(shown(c)));
        }
        return line.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** PRINTUSASCII; what isn't becomes an underscore. */
    private static String token(String text, int most) {
        String told = text.replaceAll("[^!-~]", "_");
        return told.isEmpty() ? NIL : told.substring(0, Math.min(told.length(), most));
    }

    private static StringBuilder value(StringBuilder line, String value) {
        value.codePoints().limit(LONGEST_VALUE).forEach(c -> {
            if (c == '"' || c == '\\' || c == ']') {
                line.append('\\');
            }
            line.appendCodePoint(shown(c));
        });
        return line;
    }

    /** Control characters, line ends of all kinds and halves of surrogate pairs are told as U+FFFD. */
    private static int shown(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL || type == Character.SURROGATE || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR ? 0xFFFD : c;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return NIL;
        }
    }
}
