package im.chancery.core.config;

import java.util.Set;

/**
 * One thing wrong in a config file, told on one line, whatever stands there.
 *
 * @param position where
 * @param path     the option's path, such as {@code barriers[0].from}; empty for the whole file
 * @param found    what stands there, in words; never a secret
 * @param allowed  what may stand there
 */
public record ConfigProblem(Position position, String path, String found, String allowed) {
    private static final Set<Byte> UNSEEN = Set.of(Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.UNASSIGNED,
            Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR);

    public ConfigProblem {
        path = onOneLine(path);
        found = onOneLine(found);
        allowed = onOneLine(allowed);
    }

    private static String onOneLine(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (UNSEEN.contains((byte) Character.getType(c))) {
                shown.append(String.format("\\u%04x", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }

    @Override
    public String toString() {
        return position + ": " + (path.isEmpty() ? "" : path + ": ") + "found " + found + "; allowed: " + allowed;
    }
}
