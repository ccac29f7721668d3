package im.chancery.presence;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a node listens for the others, written {@code host:port}; an IPv6 address stands in brackets.
 *
 * @param host a host name or an IP address, without brackets
 * @param port 1 to 65535
 */
public record MemberAddress(String host, int port) {
    static final String ALLOWED = "an address and a port, such as '10.0.0.1:5701' or '[fd00::1]:5701'";

    private static final Pattern FORM = Pattern.compile("(?:([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)|\\[([0-9A-Fa-f:.]{2,45})]):([1-9][0-9]{0,4})");

    /** Reads an address; empty where the text isn't one. */
    static Optional<MemberAddress> of(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches() || Integer.parseInt(m.group(4)) > 65_535) {
            return Optional.empty();
        }
        String host = m.group(1) != null ? m.group(1) : m.group(3);
        return Optional.of(new MemberAddress(host, Integer.parseInt(m.group(4))));
    }

    /** Whether it stands for every address of a machine. */
    boolean isWildcard() {
        return host.matches("[0:.]+");
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
