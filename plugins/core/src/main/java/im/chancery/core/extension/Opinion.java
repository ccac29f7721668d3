package im.chancery.core.extension;

import im.chancery.core.Effect;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What an extension says of one submission. Immutable.
 *
 * @param effect      allow: it has looked and assents, which the record shows; refuse; empty: it says neither
 * @param reason      for a refusal what the sender reads, one sentence of at most {@value #LONGEST_TEXT} characters; else {@code ""}
 * @param annotations what goes into the sealed record under the extension's name: at most {@value #MOST_ANNOTATIONS}, by a key of
 *                    letters, digits and {@code -} that starts with a letter, each of at most {@value #LONGEST_TEXT} characters
 */
public record Opinion(Optional<Effect> effect, String reason, Map<String, String> annotations) {
    /** The most annotations of one submission. */
    public static final int MOST_ANNOTATIONS = 16;
    /** The longest reason, and the longest value of an annotation, in characters. */
    public static final int LONGEST_TEXT = 1_000;

    private static final Pattern KEY = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,31}");
    private static final Opinion NONE = new Opinion(Optional.empty(), "", Map.of());

    /** @throws IllegalArgumentException if something is out of its bounds, or a text has a character that XML forbids */
    public Opinion {
        Objects.requireNonNull(effect, "effect");
        SortedMap<String, String> copy = new TreeMap<>(annotations);
        annotations = java.util.Collections.unmodifiableSortedMap(copy);
        if (reason.isBlank() == effect.equals(Optional.of(Effect.REFUSE))) {
            throw new IllegalArgumentException("a refusal has a reason, and nothing else has one");
        }
        requireText("a reason", reason);
        if (annotations.size() > MOST_ANNOTATIONS) {
            throw new IllegalArgumentException("at most " + MOST_ANNOTATIONS + " annotations, found " + annotations.size());
        }
        annotations.forEach((key, value) -> {
            if (!KEY.matcher(key).matches()) {
                throw new IllegalArgumentException("an annotation's key has letters, digits and '-', starts with a letter, and is no longer than 32");
            }
            requireText("an annotation", value);
        });
    }

    /** Nothing to say. */
    public static Opinion none() {
        return NONE;
    }

    /** Assent: the record names the extension among the rules that allow. What somebody else refuses stays refused. */
    public static Opinion allow() {
        return new Opinion(Optional.of(Effect.ALLOW), "", Map.of());
    }

    /** A refusal with what its sender reads. Don't quote the stanza in it: lists of records show reasons to whoever may list. */
    public static Opinion refuse(String reason) {
        return new Opinion(Optional.of(Effect.REFUSE), reason, Map.of());
    }

    /** The same with one more annotation; a key that it has already gets this value. */
    public Opinion annotated(String key, String value) {
        Map<String, String> more = new TreeMap<>(annotations);
        more.put(key, value);
        return new Opinion(effect, reason, more);
    }

    private static void requireText(String what, String text) {
        if (text.length() > LONGEST_TEXT) {
            throw new IllegalArgumentException(what + " has at most " + LONGEST_TEXT + " characters, found " + text.length());
        }
        if (!text.codePoints().allMatch(Opinion::isCharacter)) {
            throw new IllegalArgumentException(what + " has a character that XML forbids");
        }
    }

    /** XML 1.0, section 2.2. */
    private static boolean isCharacter(int c) {
        return c >= 0x20 && c <= 0xD7FF || c == '\t' || c == '\n' || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000;
    }
}
