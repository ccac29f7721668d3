package im.chancery.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Text for a terminal. What others have written can't move the cursor or hide a line. */
final class Text {
    private Text() {
    }

    /** The text on one line, each control and direction-changing character replaced. */
    static String line(String text) {
        return text.codePoints().map(c -> harmless(c) ? c : 0xFFFD)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    /** The same with line ends kept. */
    static String block(String text) {
        return text.lines().map(Text::line).collect(Collectors.joining("\n"));
    }

    /** JSON for programs, which somebody may look at all the same: what isn't harmless is written as an escape, which means the same. */
    static String json(Object value) {
        StringBuilder text = new StringBuilder();
        JsonMapper.shared().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value).codePoints().forEach(c -> {
            if (c == '\n' || harmless(c)) {
                text.appendCodePoint(c);
            } else {
                new String(Character.toChars(c)).chars().forEach(unit -> text.append("\\u%04x".formatted(unit)));
            }
        });
        return text.toString();
    }

    private static boolean harmless(int c) {
        int type = Character.getType(c);
        return type != Character.CONTROL && type != Character.FORMAT && type != Character.SURROGATE
                && type != Character.LINE_SEPARATOR && type != Character.PARAGRAPH_SEPARATOR;
    }

    /** Rows under their headings, in aligned columns. */
    static String table(List<String> headings, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>();
        all.add(headings);
        rows.forEach(row -> all.add(row.stream().map(Text::line).toList()));
        int[] widths = new int[headings.size()];
        for (List<String> row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).codePointCount(0, row.get(i).length()));
            }
        }
        return all.stream().map(row -> aligned(row, widths)).collect(Collectors.joining("\n"));
    }

    private static String aligned(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            line.append(cell).append(" ".repeat(widths[i] - cell.codePointCount(0, cell.length()) + 2));
        }
        return line.toString().stripTrailing();
    }
}
