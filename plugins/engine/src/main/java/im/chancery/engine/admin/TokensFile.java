package im.chancery.engine.admin;

import im.chancery.core.config.PersonName;
import im.chancery.core.config.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The file of the API's tokens: a JSON list of {@code {"id", "name", "duty", "sha256"}}, which only its owner may read. It is
 * read again when it has changed; a changed file that is wrong leaves the tokens as they were. Safe for many threads.
 */
final class TokensFile {
    private static final Logger LOG = LoggerFactory.getLogger(TokensFile.class);
    private static final Set<String> KEYS = Set.of("id", "name", "duty", "sha256");
    private static final int LONGEST_TOKEN = 256;

    private final Path file;
    private Stamp seen = Stamp.NONE;
    /** The one whose tokens hold. */
    private Stamp read = Stamp.NONE;
    /** The one that the log has told of. */
    private Stamp refused = Stamp.NONE;
    private List<AdminToken> tokens = List.of();

    /** What tells a file from the one read before. Its rights are of its inode, so a change of them is seen by that one's time alone. */
    private record Stamp(Map<String, Object> attributes) {
        static final Stamp NONE = new Stamp(Map.of());

        static Stamp of(Path file) throws IOException {
            return new Stamp(Files.readAttributes(file, "unix:fileKey,lastModifiedTime,ctime,size"));
        }
    }

    private TokensFile(Path file) {
        this.file = file;
    }

    /**
     * Opens a tokens file. Where there is none nobody can use the API until there is one.
     *
     * @throws IOException if it can't be used; the message says why
     */
    static TokensFile open(Path file) throws IOException {
        TokensFile opened = new TokensFile(file);
        try {
            opened.read();
        } catch (NoSuchFileException e) {
            LOG.warn("there is no tokens file {}, so nobody can use the admin API; make a token with: chancery token create", file);
        }
        return opened;
    }

    /** The token with this text, if the file has it. Takes the same time whichever it is. */
    Optional<AdminToken> find(String text) {
        if (text.length() > LONGEST_TOKEN) {
            return Optional.empty();
        }
        byte[] hash = sha256(text);
        AdminToken found = null;
        for (AdminToken token : current()) {
            if (MessageDigest.isEqual(token.hash(), hash)) {
                found = token;
            }
        }
        return Optional.ofNullable(found);
    }

    private synchronized List<AdminToken> current() {
        try {
            read();
        } catch (NoSuchFileException e) {
            // Taking the file away takes everybody's access away.
            tokens = List.of();
            read = Stamp.NONE;
        } catch (IOException e) {
            if (!seen.equals(refused)) {
                refused = seen;
                LOG.error("the changed tokens file is not used, the tokens stay as they were: {}", e.getMessage());
            }
        }
        return tokens;
    }

    /** A file that is refused is tried again each time: what is wrong may not be of the file itself. */
    private synchronized void read() throws IOException {
        seen = Stamp.of(file);
        if (!seen.equals(read)) {
            tokens = parse(new String(Secret.read(file).bytes(), StandardCharsets.UTF_8));
            read = seen;
        }
        refused = Stamp.NONE;
    }

    private List<AdminToken> parse(String text) throws IOException {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            throw new IOException(file + " is not JSON", e);
        }
        if (!root.isArray()) {
            throw new IOException(file + " is not a JSON list");
        }
        List<AdminToken> parsed = new ArrayList<>();
        for (int i = 0; i < root.size(); i++) {
            parsed.add(token(root.get(i), file + ", entry " + (i + 1)));
        }
        refuseTwice(parsed);
        return List.copyOf(parsed);
    }

    private AdminToken token(JsonNode entry, String where) throws IOException {
        if (!entry.isObject() || !KEYS.equals(Set.copyOf(entry.propertyNames()))
                || entry.values().stream().anyMatch(v -> !v.isString() || v.stringValue().isBlank())) {
            throw new IOException(where + ": allowed is an object with the texts id, name, duty and sha256");
        }
        String name = entry.get("name").stringValue();
        Optional<String> allowed = PersonName.allowedInstead(name);
        if (allowed.isPresent()) {
            throw new IOException(where + ": found name '" + name + "'; allowed: " + allowed.get());
        }
        String duty = entry.get("duty").stringValue();
        String hash = entry.get("sha256").stringValue();
        if (!hash.matches("[0-9a-f]{64}")) {
            throw new IOException(where + ": sha256 is 64 hexadecimal digits");
        }
        return new AdminToken(entry.get("id").stringValue(), name,
                Duty.of(duty).orElseThrow(() -> new IOException(where + ": found duty '" + duty + "'; allowed: " + Duty.allowed())),
                HexFormat.of().parseHex(hash));
    }

    private void refuseTwice(List<AdminToken> parsed) throws IOException {
        Set<String> ids = new HashSet<>();
        Map<String, AdminToken> people = new HashMap<>();
        for (int i = 0; i < parsed.size(); i++) {
            AdminToken token = parsed.get(i);
            if (!ids.add(token.id())) {
                throw new IOException(file + ": id '" + token.id() + "' is there twice");
            }
            AdminToken other = people.putIfAbsent(PersonName.key(token.name()), token);
            if (other != null && other.duty() != token.duty()) {
                String both = other.name().equals(token.name())
                        ? "'" + token.name() + "' is both " + other.duty().word() + " and " + token.duty().word()
                        : "'" + token.name() + "' is " + token.duty().word() + " and counts as the same name as '" + other.name() + "', who is " + other.duty().word();
                throw new IOException(file + ", entry " + (i + 1) + ": " + both + "; duties are separate, one for each person");
            }
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
