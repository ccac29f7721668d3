package im.chancery.host.prosody;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** The link's vectors as seeds. */
final class LinkSeeds {
    private static final Path VECTORS = Path.of("../vectors/link");

    private LinkSeeds() {
    }

    static List<byte[]> valid() throws IOException {
        return read("valid.txt");
    }

    static List<byte[]> malformed() throws IOException {
        return read("malformed.txt");
    }

    private static List<byte[]> read(String file) throws IOException {
        return Files.readAllLines(VECTORS.resolve(file)).stream().filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> HexFormat.of().parseHex(line.split("\\|")[1].strip())).toList();
    }
}
