package im.chancery.cli;

import im.chancery.core.config.PersonName;
import im.chancery.core.config.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Adds tokens to a tokens file: a JSON list of {@code {"id", "name", "duty", "sha256"}}. The file is replaced in one step, with
 * mode 600 and its owner as it was, so that the engine sees the old one or the new one.
 */
final class TokensEditor {
    private static final Set<String> DUTIES = Set.of("reader", "records-officer", "administrator");

    private final Path file;

    TokensEditor(Path file) {
        this.file = file.toAbsolutePath();
    }

    /**
     * Adds a token.
     *
     * @throws Failure     if the duty doesn't exist, or this person has another one
     * @throws IOException if the file can't be read or replaced, or others may touch it
     */
    void add(String id, String name, String duty, String token) throws IOException {
        if (!DUTIES.contains(duty)) {
            throw new Failure(ExitCode.USAGE, "--duty: found '" + Text.line(duty) + "'; allowed: " + String.join(", ", DUTIES.stream().sorted().toList()));
        }
        if (name.isBlank() || !name.equals(Text.line(name)) || name.length() > 100) {
            throw new Failure(ExitCode.USAGE, "--name: a name on one line, of at most 100 characters");
        }
        Optional<String> allowed = PersonName.allowedInstead(name);
        if (allowed.isPresent()) {
            throw new Failure(ExitCode.USAGE, "--name: found '" + name + "'; allowed: " + allowed.get());
        }
        ArrayNode tokens = read();
        refuseSecondDuty(tokens, name, duty);
        tokens.addObject().put("id", id).put("name", name).put("duty", duty).put("sha256", sha256(token));
        replace(tokens);
    }

    private void refuseSecondDuty(ArrayNode tokens, String name, String duty) throws IOException {
        for (int i = 0; i < tokens.size(); i++) {
            String theirs = tokens.get(i).path("duty").asString("");
            String other = tokens.get(i).path("name").asString("");
            Optional<String> allowed = PersonName.allowedInstead(other);
            if (allowed.isPresent()) {
                throw new IOException(file + ", entry " + (i + 1) + ": found name '" + Text.line(other) + "'; allowed: " + allowed.get());
            }
            if (PersonName.key(other).equals(PersonName.key(name)) && !theirs.equals(duty)) {
                String counts = other.equals(name) ? "" : ", and '" + name + "' counts as the same name";
                throw new Failure(ExitCode.FINDING, "'" + Text.line(other) + "' is " + Text.line(theirs) + " already" + counts
                        + "; duties are separate, one for each person");
            }
        }
    }

    private ArrayNode read() throws IOException {
        String text;
        try {
            text = new String(Secret.read(file).bytes(), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return JsonNodeFactory.instance.arrayNode();
        }
        try {
            if (JsonMapper.shared().readTree(text) instanceof ArrayNode list) {
                return list;
            }
        } catch (JacksonException e) {
            throw new IOException(file + " is not JSON", e);
        }
        throw new IOException(file + " is not a JSON list");
    }

    private void replace(ArrayNode tokens) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            throw new IOException(next + " is there: another command is changing the tokens, or one was cut short; then remove it", e);
        }
        try {
            try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(lines(tokens).getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            if (Files.exists(file)) {
                Files.setOwner(next, Files.getOwner(file));
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    /** One token a line, so that an editor or a diff shows what was added. */
    private static String lines(ArrayNode tokens) {
        StringBuilder text = new StringBuilder("[\n");
        for (int i = 0; i < tokens.size(); i++) {
            text.append("  ").append(JsonMapper.shared().writeValueAsString(tokens.get(i))).append(i + 1 < tokens.size() ? ",\n" : "\n");
        }
        return text.append("]\n").toString();
    }

    private static String sha256(String token) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
