package im.chancery.archive;

import im.chancery.archive.syslog.DatagramTransport;
import im.chancery.archive.syslog.SyslogMessage;
import im.chancery.archive.syslog.SyslogMessage.Severity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;

/**
 * Sends each checkpoint as a syslog message (RFC 5424) over UDP (RFC 5426), severity 5 (notice).
 * The message is {@code chancery-checkpoint:} and the signed note in base64, because a note has line feeds; the verifier
 * takes the line, or a whole syslog file, with {@code --seen}.
 */
public final class SyslogSink implements CheckpointSink {
    /** What the verifier looks for. */
    public static final String MARK = "chancery-checkpoint:";

    private final String host;
    private final int port;
    private final Clock clock;

    /** @param port 1 to 65,535; 514 is usual */
    public SyslogSink(String host, int port, Clock clock) {
        this.host = host;
        this.port = port;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "syslog " + host + ":" + port;
    }

    @Override
    public void publish(String checkpoint) throws IOException {
        String note = Base64.getEncoder().encodeToString(checkpoint.getBytes(StandardCharsets.UTF_8));
        try (DatagramTransport to = new DatagramTransport(host, port)) {
            to.send(new SyslogMessage(Severity.NOTICE, clock.instant(), "checkpoint", Map.of(), MARK + note).bytes());
        }
    }
}
