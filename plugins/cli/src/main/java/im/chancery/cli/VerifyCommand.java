package im.chancery.cli;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "verify", mixinStandardHelpOptions = true,
        description = {"Verifies a copy of a log folder offline, with no engine and no database: every entry, tile and signature, and that the log"
            + " begins with each checkpoint that was seen before.", "Exit code 0: consistent; 1: not, and exactly what is wrong."})
final class VerifyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "LOGDIR", description = "The folder with 'checkpoint' and 'tile' in it.")
    private Path folder;
    @Parameters(index = "1", paramLabel = "KEY", description = "The log's verifier key, or a file with it, from a source that you trust.")
    private String key;
    @Option(names = "--seen", paramLabel = "CHECKPOINT", description = "A file with checkpoints that have left the machine: a file sink's, or syslog lines."
            + " May be given again.")
    private List<Path> seen = List.of();
    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        VerifierKey verifierKey = key();
        Verification found;
        try {
            found = LogVerifier.verify(folder, verifierKey, seen());
        } catch (IOException e) {
            throw new Failure(ExitCode.FINDING, "the log can't be read: " + Text.line(String.valueOf(e.getMessage())));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JsonMapper.shared().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(json(found)));
        } else {
            out.println(Text.block(found.text()));
        }
        return found.consistent() ? ExitCode.OK : ExitCode.FINDING;
    }

    private VerifierKey key() {
        Path file = Path.of(key);
        try {
            return VerifierKey.parse(Files.isRegularFile(file) ? Files.readString(file).strip() : key);
        } catch (IOException e) {
            throw new Failure(ExitCode.USAGE, "the key file " + file + " can't be read");
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, "KEY is neither a file nor a verifier key: " + Text.line(String.valueOf(e.getMessage())));
        }
    }

    private List<SeenCheckpoint> seen() {
        List<SeenCheckpoint> checkpoints = new ArrayList<>();
        for (Path file : seen) {
            try {
                checkpoints.addAll(SeenCheckpoint.read(file));
            } catch (IOException e) {
                throw new Failure(ExitCode.USAGE, "--seen: " + file + " can't be read");
            } catch (IllegalArgumentException e) {
                throw new Failure(ExitCode.USAGE, "--seen: " + Text.line(String.valueOf(e.getMessage())));
            }
        }
        return checkpoints;
    }

    private static ObjectNode json(Verification found) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("origin", found.origin()).put("consistent", found.consistent())
                .put("size", found.size()).put("signedAt", found.signedAt().map(Object::toString).orElse(null))
                .put("proven", found.proven()).put("against", found.against());
        ArrayNode findings = json.putArray("findings");
        found.findings().forEach(f -> findings.addObject().put("where", f.where()).put("what", f.what()));
        found.notes().forEach(json.putArray("notes")::add);
        return json;
    }
}
