package im.chancery.archive.verify;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a log folder as C2SP tlog-tiles lays it out. A log may grow meanwhile: an engine adds tiles, and clears partial ones away once the full one is there.
 */
final class TileFolder {
    static final int WIDTH = 256;
    static final String ENTRIES = "entries";
    /** One more than the largest bundle of entries has, so that a larger file is seen to be too long. */
    private static final int MOST_BYTES = WIDTH * (2 + 0xffff) + 1;
    private static final Pattern NAME = Pattern.compile("(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*)([0-9]{3})(?:\\.p/([1-9][0-9]{0,2}))?");

    private final Path tiles;
    private final Path checkpoint;

    TileFolder(Path folder) {
        this.tiles = folder.resolve("tile");
        this.checkpoint = folder.resolve("checkpoint");
    }

    /** A tile or bundle by its place; {@code width} is 256 for a full one. */
    record Name(String kind, long number, int width) {
        boolean isPartial() {
            return width < WIDTH;
        }

        /** Its path as tlog-tiles says: {@code 1234067} becomes {@code x001/x234/067}. */
        @Override
        public String toString() {
            String text = String.format("%03d", number % 1000);
            for (long rest = number / 1000; rest > 0; rest /= 1000) {
                text = String.format("x%03d/", rest % 1000) + text;
            }
            return "tile/" + kind + "/" + text + (isPartial() ? ".p/" + width : "");
        }

        static Optional<Name> parse(String relative) {
            Matcher matcher = NAME.matcher(relative);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            int width = matcher.group(4) == null ? WIDTH : Integer.parseInt(matcher.group(4));
            String digits = (matcher.group(2) + matcher.group(3)).replaceAll("[x/]", "");
            if (width > WIDTH || matcher.group(4) != null && width == WIDTH || digits.length() > 18) {
                return Optional.empty();
            }
            Name name = new Name(matcher.group(1), Long.parseLong(digits), width);
            return name.toString().equals("tile/" + relative) ? Optional.of(name) : Optional.empty();
        }
    }

    /** @throws java.nio.charset.CharacterCodingException if it is not UTF-8 */
    Optional<String> checkpoint() throws IOException {
        Optional<byte[]> bytes = bytes(checkpoint);
        return bytes.isEmpty() ? Optional.empty()
                : Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.get())).toString());
    }

    /** What a tile's place was read from: its own file, or the full tile's. */
    record Found(byte[] bytes, int width) {
    }

    /** The file's bytes; empty if it isn't there. A full one stands in for a partial one that was cleared away. */
    Optional<Found> read(Name name) throws IOException {
        Optional<Found> exact = readExact(name).map(bytes -> new Found(bytes, name.width()));
        return exact.isPresent() || !name.isPartial() ? exact
                : readExact(new Name(name.kind(), name.number(), WIDTH)).map(bytes -> new Found(bytes, WIDTH));
    }

    Optional<byte[]> readExact(Name name) throws IOException {
        return bytes(tiles.resolve(name.toString().substring("tile/".length())));
    }

    /** What is no file counts as not there: a copy of a folder from somebody else may hold pipes and devices that never end. */
    private static Optional<byte[]> bytes(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(in.readNBytes(MOST_BYTES));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** All files under {@code tile}, as paths relative to it. */
    List<String> files() throws IOException {
        if (!Files.isDirectory(tiles)) {
            return List.of();
        }
        List<String> files = new ArrayList<>();
        Files.walkFileTree(tiles, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() || Files.isRegularFile(file)) {
                    files.add(tiles.relativize(file).toString());
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                return unlessGone(e);
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
                return unlessGone(e);
            }

            private FileVisitResult unlessGone(IOException e) throws IOException {
                if (e != null && !(e instanceof NoSuchFileException)) {
                    throw e;
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        return files;
    }
}
