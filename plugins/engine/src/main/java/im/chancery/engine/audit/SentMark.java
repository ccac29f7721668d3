package im.chancery.engine.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the audit stream has got: a file in the data folder with one number, the greatest leaf index up to which all was sent. It may lag behind; then
 * something is sent again. For one thread.
 */
final class SentMark {
    static final String FILE = "audit-stream";

    private static final Logger LOG = LoggerFactory.getLogger(SentMark.class);

    private final Path file;
    private long noted;
    private boolean failing;

    private SentMark(Path file) {
        this.file = file;
    }

    /**
     * Reads the file, or makes it. One that can't be understood has everything sent again.
     *
     * @param otherwise what it is where there is none
     */
    static SentMark open(Path data, long otherwise) throws IOException {
        SentMark mark = new SentMark(data.resolve(FILE));
        if (!Files.exists(mark.file)) {
            mark.write(otherwise);
            return mark;
        }
        String text = Files.readString(mark.file).strip();
        if (text.matches("-1|[0-9]{1,18}")) {
            mark.noted = Long.parseLong(text);
        } else {
            LOG.warn("{} is not a number, so the whole audit stream is sent again", mark.file);
            mark.noted = -1;
        }
        return mark;
    }

    long sent() {
        return noted;
    }

    /** Where it can't be noted, the log says so once; the stream goes on. */
    void note(long index) {
        if (index == noted) {
            return;
        }
        try {
            write(index);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("how far the audit stream has got can't be noted, so some of it will be sent again: {}", e.toString());
            }
            failing = true;
        }
    }

    private void write(long index) throws IOException {
        Path temporary = file.resolveSibling(FILE + ".tmp");
        Files.write(temporary, (index + "\n").getBytes(StandardCharsets.US_ASCII), StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.SYNC);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        noted = index;
    }
}
