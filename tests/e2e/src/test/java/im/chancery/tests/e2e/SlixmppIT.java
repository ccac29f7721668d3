package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same kinds of traffic from a client stack that shares nothing with Smack: slixmpp, Debian's package python3-slixmpp. */
class SlixmppIT {
    /** Debian's own, for which the package is; another Python on the path doesn't see it. */
    private static final String PYTHON = "/usr/bin/python3";
    private static final Path SCRIPT = Path.of("src/test/python/traffic.py");
    private static final long LIMIT_SECONDS = 120;
    /** What slixmpp has no call for: an answer it makes by itself, an event is the server's, and any other message is like the text. */
    private static final Set<String> NOT_SENT = Set.of("answer", "error", "event", "message");

    @TempDir
    private Path folder;

    @Test
    void whatAnotherClientStackSendsIsRecordedAsWhatItIs() throws Exception {
        try (Deployment chancery = Deployment.start(Deployment.Node.free("node1", "localhost"), new Certificates(), config -> config, XmppSetup::openRooms)) {
            List<String> lines = run(chancery.server());
            Set<String> sent = after(lines, "sent ");
            Set<String> kinds = new HashSet<>(new TrafficTable().kinds());
            kinds.removeAll(NOT_SENT);
            assertThat(sent).as("what slixmpp has sent").isEqualTo(kinds);
            Deadline.await("an outcome for each", GatedServer.LIMIT, () -> handedOn(chancery).containsAll(sent));
            assertThat(handedOn(chancery)).as("and what answers that").containsAnyOf("answer", "error");
            assertThat(after(lines, "refused ")).singleElement().asString().contains(Deployment.REASON);
            assertThat(chancery.admin().attemptsWith("clara@localhost")).singleElement()
                    .satisfies(attempt -> assertThat(AdminClient.text(attempt, "effect")).isEqualTo("refuse"));
        }
    }

    private static Set<String> handedOn(Deployment chancery) {
        return chancery.admin().attempts().stream().filter(attempt -> "handed_on".equals(AdminClient.text(attempt, "outcome")))
                .filter(attempt -> AdminClient.text(attempt, "from").endsWith("/slix")).map(attempt -> AdminClient.text(attempt, "what")).collect(Collectors.toSet());
    }

    private static Set<String> after(List<String> lines, String word) {
        return lines.stream().filter(line -> line.startsWith(word)).map(line -> line.substring(word.length())).collect(Collectors.toSet());
    }

    private List<String> run(XmppServer server) throws IOException, InterruptedException {
        Path authority = folder.resolve("authority.crt");
        server.certificates().writeAuthority(authority);
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process script = new ProcessBuilder(PYTHON, SCRIPT.toString(), server.address().getHostAddress(), Integer.toString(XmppServer.CLIENT_PORT), server.domain(),
                authority.toString(), XmppSetup.PASSWORD).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertThat(script.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("%s ends; it has said: %s %s", SCRIPT, Files.readString(out), Files.readString(err)).isTrue();
            assertThat(script.exitValue()).as("%s needs python3-slixmpp and gets through:%n%s%n%s", SCRIPT, Files.readString(out), Files.readString(err)).isZero();
        } finally {
            script.destroyForcibly();
        }
        return Files.readAllLines(out);
    }
}
