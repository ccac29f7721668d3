package im.chancery.archive.verify;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Cuts a text into the checkpoints in it, while it is read: one note, several one after the other as a file sink writes them, or a syslog with
 * {@code chancery-checkpoint:BASE64} in its lines.
 *
 * <p>A disk that was full, or a machine that died, may have cut a note short anywhere. What is left of it comes out as a part
 * of its own, and the note after it whole: it begins at the last line that ends with the name of who signed it and is followed
 * by a size and a root hash.
 */
final class NoteSplitter implements Iterator<String> {
    private static final String MARK = "chancery-checkpoint:";
    private static final Pattern SIZE = Pattern.compile("[0-9]{1,18}");
    private static final Pattern ROOT = Pattern.compile("[A-Za-z0-9+/]{43}=");

    private final Iterator<String> text;
    private boolean ended;
    private final Queue<String> parts = new ArrayDeque<>();
    private final List<String> lines = new ArrayList<>();
    private final Set<String> signers = new HashSet<>();

    /** @param text its lines */
    NoteSplitter(Iterator<String> text) {
        this.text = text;
    }

    @Override
    public boolean hasNext() {
        while (parts.isEmpty() && !ended) {
            if (text.hasNext()) {
                line(text.next());
            } else {
                end();
                ended = true;
            }
        }
        return !parts.isEmpty();
    }

    /** The next note, or what is left of one, in their order. */
    @Override
    public String next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return parts.remove();
    }

    private void line(String line) {
        int mark = line.indexOf(MARK);
        if (mark >= 0) {
            end();
            part(decoded(line.substring(mark + MARK.length()).strip()));
            return;
        }
        if (line.startsWith(SignedNote.DASH)) {
            signers.add(line.substring(SignedNote.DASH.length()).split(" ", 2)[0]);
        } else if (!signers.isEmpty()) {
            end();
        }
        lines.add(line);
    }

    /** A line of a syslog that was cut short is no base64 any more, or no note. */
    private static String decoded(String base64) {
        try {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return base64;
        }
    }

    private void end() {
        for (int i = lines.size() - 3; i >= 0; i--) {
            String first = lines.get(i);
            if (SIZE.matcher(lines.get(i + 1)).matches() && ROOT.matcher(lines.get(i + 2)).matches()) {
                String name = signers.stream().filter(s -> !s.isEmpty() && first.endsWith(s)).findFirst().orElse(first);
                lines.set(i, name);
                String note = String.join("\n", lines.subList(i, lines.size())) + "\n";
                lines.subList(i, lines.size()).clear();
                lines.add(first.substring(0, first.length() - name.length()));
                part(String.join("\n", lines));
                part(note);
                lines.clear();
                break;
            }
        }
        part(lines.isEmpty() ? "" : String.join("\n", lines) + "\n");
        lines.clear();
        signers.clear();
    }

    private void part(String text) {
        if (!text.isBlank()) {
            parts.add(text);
        }
    }
}
