package im.chancery.engine.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A syslog message as RFC 5424, section 6, has it; anything that it doesn't allow fails. */
public record SyslogLine(int severity, Instant time, String host, String application, String process, String id, Map<String, String> parameters, String text) {
    private static final String NAME = "[!#-<>-\\\\^-~]{1,32}"; // no =, ], " or space
    private static final Pattern HEADER = Pattern.compile("<(0|[1-9][0-9]{0,2})>1 "
            + "([0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?Z) "
            + "([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) (.*)");
    private static final Pattern ELEMENT = Pattern.compile("\\[(" + NAME + ")((?: " + NAME + "=\"(?:[^\"\\\\\\]]|\\\\[\"\\\\\\]])*\")*)\\]");
    private static final Pattern PARAMETER = Pattern.compile(" (" + NAME + ")=\"((?:[^\"\\\\\\]]|\\\\[\"\\\\\\]])*)\"");

    public static SyslogLine parse(byte[] message) throws CharacterCodingException {
        String line = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(message)).toString();
        assertThat(line.chars().filter(Character::isISOControl).count()).as("control characters in %s", line).isZero();
        Matcher header = HEADER.matcher(line);
        assertThat(header.matches()).as(line).isTrue();
        int priority = Integer.parseInt(header.group(1));
        assertThat(priority / 8).as("facility of %s", line).isEqualTo(13);
        String rest = header.group(7);
        Map<String, String> parameters = new LinkedHashMap<>();
        if (rest.startsWith("-")) {
            rest = rest.substring(1);
        } else {
            Matcher element = ELEMENT.matcher(rest);
            assertThat(element.lookingAt()).as(rest).isTrue();
            assertThat(element.group(1)).isEqualTo("chancery@32473");
            Matcher parameter = PARAMETER.matcher(element.group(2));
            while (parameter.find()) {
                parameters.put(parameter.group(1), parameter.group(2).replaceAll("\\\\([\"\\\\\\]])", "$1"));
            }
            rest = rest.substring(element.end());
        }
        assertThat(rest).as(line).matches("| .*");
        return new SyslogLine(priority % 8, Instant.parse(header.group(2)), header.group(3), header.group(4), header.group(5), header.group(6),
                parameters, rest.isEmpty() ? "" : rest.substring(1));
    }

    /** A parameter's value; empty where it isn't there. */
    public String get(String name) {
        return parameters.getOrDefault(name, "");
    }
}
