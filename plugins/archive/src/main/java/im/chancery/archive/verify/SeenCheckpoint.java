package im.chancery.archive.verify;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A checkpoint that has left the machine, as an auditor brings it.
 *
 * @param name where he has it from
 * @param note the signed note
 */
public record SeenCheckpoint(String name, String note) {

    /**
     * Reads the checkpoints of a file: one note, a file sink's notes one after the other, or lines of a syslog. What is left of one
     * that was cut short is among them; {@link LogVerifier} says that it can't be read. A sink's file of some months doesn't fit into memory: it
     * is read as the stream is, which throws {@link UncheckedIOException} then, and is to be closed.
     *
     * @throws IllegalArgumentException if there is no checkpoint in it
     */
    public static Stream<SeenCheckpoint> read(Path file) throws IOException {
        // Bytes that are no UTF-8 make a note unreadable, not the file.
        BufferedReader in = new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
        try {
            Iterator<String> notes = new NoteSplitter(in.lines().iterator());
            if (!notes.hasNext()) {
                throw new IllegalArgumentException(file + " has no checkpoint in it");
            }
            return StreamSupport.stream(Spliterators.spliteratorUnknownSize(named(file, notes), Spliterator.ORDERED), false).onClose(() -> close(in));
        } catch (UncheckedIOException e) {
            in.close();
            throw e.getCause();
        } catch (RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private static Iterator<SeenCheckpoint> named(Path file, Iterator<String> notes) {
        String first = notes.next();
        boolean alone = !notes.hasNext();
        return new Iterator<>() {
            private Optional<String> next = Optional.of(first);
            private long number = 1;

            @Override
            public boolean hasNext() {
                return next.isPresent();
            }

            @Override
            public SeenCheckpoint next() {
                SeenCheckpoint seen = new SeenCheckpoint(alone ? file.toString() : file + " #" + number, next.orElseThrow());
                number++;
                next = notes.hasNext() ? Optional.of(notes.next()) : Optional.empty();
                return seen;
            }
        };
    }

    private static void close(BufferedReader in) {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
