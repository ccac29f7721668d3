package im.chancery.archive.verify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A checkpoint that has left the machine, as an auditor brings it.
 *
 * @param name where he has it from
 * @param note the signed note
 */
public record SeenCheckpoint(String name, String note) {

    /**
     * Reads the checkpoints of a file: one note, a file sink's notes one after the other, or lines of a syslog. What is left of one
     * that was cut short is among them; {@link LogVerifier} says that it can't be read.
     *
     * @throws IllegalArgumentException if there is no checkpoint in it
     */
    public static List<SeenCheckpoint> read(Path file) throws IOException {
        List<String> notes = NoteSplitter.split(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        if (notes.isEmpty()) {
            throw new IllegalArgumentException(file + " has no checkpoint in it");
        }
        List<SeenCheckpoint> seen = new ArrayList<>();
        for (String note : notes) {
            seen.add(new SeenCheckpoint(notes.size() == 1 ? file.toString() : file + " #" + (seen.size() + 1), note));
        }
        return seen;
    }
}
