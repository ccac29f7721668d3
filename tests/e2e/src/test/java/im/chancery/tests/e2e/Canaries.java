package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * Texts that must be in no file, and the search for them: as UTF-8, which for these texts is Java's and Derby's modified form
 * of it too, as UTF-16 of either byte order, and within base64 at each of the three alignments.
 */
final class Canaries {
    private record Needle(String what, String bytes) {
    }

    private final List<Needle> needles = new ArrayList<>();

    /** Texts of ASCII, each long enough not to be met by chance. */
    Canaries(List<String> texts) {
        for (String text : texts) {
            needle(text + " in UTF-8", text.getBytes(StandardCharsets.UTF_8));
            needle(text + " in UTF-16", text.getBytes(StandardCharsets.UTF_16BE));
            needle(text + " in UTF-16, little-endian", text.getBytes(StandardCharsets.UTF_16LE));
            for (int before = 0; before < 3; before++) {
                // what is before and after decides on the characters at the ends only
                String base64 = Base64.getEncoder().withoutPadding().encodeToString(("x".repeat(before) + text).getBytes(StandardCharsets.UTF_8));
                needle(text + " in base64", base64.substring(before + 1, base64.length() - 2).getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    private void needle(String what, byte[] bytes) {
        needles.add(new Needle(what, latin1(bytes)));
    }

    /** Where any of them is: a line for each file and text. A file that vanishes meanwhile is passed over. */
    List<String> in(Path... folders) {
        List<String> found = new ArrayList<>();
        for (Path folder : folders) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.filter(Files::isRegularFile).toList()) {
                    search(path, found);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return found;
    }

    private void search(Path path, List<String> found) throws IOException {
        String bytes;
        try {
            bytes = path + "\n" + latin1(Files.readAllBytes(path));
        } catch (NoSuchFileException e) {
            return;
        }
        needles.stream().filter(needle -> bytes.contains(needle.bytes())).forEach(needle -> found.add(path + " has " + needle.what()));
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
