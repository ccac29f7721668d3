package im.chancery.archive;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Appends each checkpoint to a file, synced; it should be on another machine's mount. The file is one signed note after
 * the other, as they are; a note ends with its last signature line. A note that was cut short, by a full disk or a crash, stays
 * as it is, and two line ends keep it apart from the next one. The verifier reads the file with {@code --seen}.
 */
public final class FileSink implements CheckpointSink {
    private static final String APART = "\n\n";
    /** More than a signature line has. */
    private static final int TAIL = 1_024;

    private final Path file;

    public FileSink(Path file) {
        this.file = file;
    }

    @Override
    public String name() {
        return "file " + file;
    }

    @Override
    public void publish(String checkpoint) throws IOException {
        String text = endsWhole() ? checkpoint : APART + checkpoint;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** Whether the file is empty, or ends with a signature line. */
    private boolean endsWhole() throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) {
            return true;
        }
        try (RandomAccessFile read = new RandomAccessFile(file.toFile(), "r")) {
            byte[] tail = new byte[(int) Math.min(TAIL, read.length())];
            read.seek(read.length() - tail.length);
            read.readFully(tail);
            String text = new String(tail, StandardCharsets.UTF_8);
            int lastLine = text.lastIndexOf('\n', text.length() - 2) + 1;
            return text.endsWith("\n") && text.startsWith("\u2014 ", lastLine);
        }
    }
}
