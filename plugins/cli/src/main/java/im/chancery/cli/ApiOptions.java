package im.chancery.cli;

import im.chancery.core.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the engine is, and as whom to ask it. */
final class ApiOptions {
    static final String DEFAULT_API = "http://127.0.0.1:8480";

    @Option(names = "--api", paramLabel = "URL", description = "The admin API; else CHANCERY_API; else " + DEFAULT_API + ".")
    private String api;

    @Option(names = "--token-file", paramLabel = "FILE",
            description = "A file with your token, which only you may read; else CHANCERY_TOKEN_FILE, else the token itself in CHANCERY_TOKEN.")
    private Path tokenFile;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    boolean json() {
        return json;
    }

    /** The API's address. A token goes over a network only encrypted. */
    URI address(Map<String, String> environment) {
        String text = api != null ? api : environment.getOrDefault("CHANCERY_API", DEFAULT_API);
        URI address;
        try {
            address = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, "--api: '" + Text.line(text) + "' is not a URL; allowed: such as " + DEFAULT_API);
        }
        boolean https = "https".equals(address.getScheme());
        boolean loopback = "http".equals(address.getScheme()) && address.getHost() != null
                && (address.getHost().equals("localhost") || address.getHost().equals("[::1]") || address.getHost().matches("127(\\.[0-9]{1,3}){3}"));
        if (!https && !loopback) {
            throw new Failure(ExitCode.USAGE, "--api: '" + Text.line(text) + "'; allowed: http to this machine, such as " + DEFAULT_API + ", or https");
        }
        return address;
    }

    /** The token. */
    String token(Map<String, String> environment) {
        Path file = tokenFile != null ? tokenFile : Optional.ofNullable(environment.get("CHANCERY_TOKEN_FILE")).map(Path::of).orElse(null);
        if (file != null) {
            return read(file);
        }
        String token = environment.get("CHANCERY_TOKEN");
        if (token == null || token.isBlank()) {
            throw new Failure(ExitCode.UNREACHABLE,
                    "a token is needed: give --token-file FILE, or set CHANCERY_TOKEN_FILE; 'chancery token create' makes one");
        }
        return token.strip();
    }

    private static String read(Path file) {
        try {
            return new String(Secret.read(file).bytes(), StandardCharsets.UTF_8).strip();
        } catch (NoSuchFileException e) {
            throw new Failure(ExitCode.UNREACHABLE, "there is no token file " + file);
        } catch (IOException e) {
            throw new Failure(ExitCode.UNREACHABLE, "the token file can't be used: " + e.getMessage());
        }
    }
}
