package im.chancery.core.config;

import java.time.Duration;
import java.time.Period;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads amounts that are written with their unit: {@code 90 days}, {@code 5 s}, {@code 64 MiB}. A bare number is refused. */
public final class Quantity {
    /** What each reader takes, as a phrase for an error message and as a pattern for the schema. */
    public static final String PERIOD_ALLOWED = "a whole number and days, weeks, months or years, such as '90 days'";
    public static final String DURATION_ALLOWED = "a whole number and ms, s, min or h, such as '5 s'";
    public static final String SIZE_ALLOWED = "a whole number and B, KiB, MiB or GiB, such as '64 MiB'";
    public static final String PERIOD_PATTERN = "^[1-9][0-9]{0,4} (day|days|week|weeks|month|months|year|years)$";
    public static final String DURATION_PATTERN = "^[1-9][0-9]{0,8} (ms|s|min|h)$";
    public static final String SIZE_PATTERN = "^[1-9][0-9]{0,8} (B|KiB|MiB|GiB)$";

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8}) ([A-Za-z]+)");

    private Quantity() {
    }

    /** Reads a calendar period; empty where the text isn't one. */
    public static Optional<Period> period(String text) {
        return matching(text, PERIOD_PATTERN).map(m -> {
            int n = Integer.parseInt(m.group(1));
            return switch (m.group(2)) {
                case "day", "days" -> Period.ofDays(n);
                case "week", "weeks" -> Period.ofWeeks(n);
                case "month", "months" -> Period.ofMonths(n);
                default -> Period.ofYears(n);
            };
        });
    }

    /** Reads a time span; empty where the text isn't one. */
    public static Optional<Duration> duration(String text) {
        return matching(text, DURATION_PATTERN).map(m -> {
            long n = Long.parseLong(m.group(1));
            return switch (m.group(2)) {
                case "ms" -> Duration.ofMillis(n);
                case "s" -> Duration.ofSeconds(n);
                case "min" -> Duration.ofMinutes(n);
                default -> Duration.ofHours(n);
            };
        });
    }

    /** Reads a number of bytes; empty where the text isn't one. */
    public static Optional<Long> size(String text) {
        return matching(text, SIZE_PATTERN).map(m -> {
            long n = Long.parseLong(m.group(1));
            return switch (m.group(2)) {
                case "B" -> n;
                case "KiB" -> n << 10;
                case "MiB" -> n << 20;
                default -> n << 30;
            };
        });
    }

    private static Optional<Matcher> matching(String text, String pattern) {
        Matcher m = FORM.matcher(text);
        return text.matches(pattern) && m.matches() ? Optional.of(m) : Optional.empty();
    }
}
