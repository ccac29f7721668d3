package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** The characters of a config file: UTF-8, printable, at most {@value #MAXIMUM_BYTES} bytes. */
final class YamlText {
    static final int MAXIMUM_BYTES = 8 << 20;

    private YamlText() {
    }

    /** Reads a file. A byte order mark at its head isn't part of the text. */
    static String read(Path file) throws ConfigException {
        Position head = new Position(file.toString(), 1, 1);
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAXIMUM_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw refused(head, "no such file", "the path of a config file");
        } catch (IOException e) {
            throw refused(head, "a file that can't be read (" + e.getClass().getSimpleName() + ")", "a file this user may read");
        }
        if (bytes.length > MAXIMUM_BYTES) {
            throw refused(head, "more than " + (MAXIMUM_BYTES >> 20) + " MiB", "at most " + (MAXIMUM_BYTES >> 20) + " MiB");
        }
        return decode(file.toString(), bytes);
    }

    static String decode(String file, byte[] bytes) throws ConfigException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        boolean malformed = decoder.decode(in, out, true).isError();
        String text = out.flip().toString();
        if (text.startsWith("\uFEFF")) {
            text = text.substring(1);
        }
        if (malformed) {
            throw refused(placeAt(file, text, text.length()),
                    String.format("the byte 0x%02x, which is not UTF-8 there", bytes[in.position()]), "text in UTF-8");
        }
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (!StreamReader.isPrintable(text.codePointAt(i))) {
                throw refused(placeAt(file, text, i), String.format("the character U+%04X", text.codePointAt(i)),
                        "printable characters; others as \\u escapes in double quotes");
            }
        }
        return text;
    }

    /** The place of a character, counting lines and columns as the YAML parser does. */
    private static Position placeAt(String file, String text, int index) {
        int line = 1;
        int start = 0;
        for (int i = 0; i < index; i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n')) {
                line++;
                start = i + 1;
            }
        }
        return new Position(file, line, text.codePointCount(start, index) + 1);
    }

    private static ConfigException refused(Position position, String found, String allowed) {
        return new ConfigException(new ConfigProblem(position, "", found, allowed));
    }
}
