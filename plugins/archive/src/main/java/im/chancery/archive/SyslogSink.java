package im.chancery.archive;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Base64;

/**
 * Sends each checkpoint as a syslog message (RFC 5424) over UDP (RFC 5426), facility 13 (log audit), severity 5 (notice).
 * The message is {@code chancery-checkpoint:} and the signed note in base64, because a note has line feeds; the verifier
 * takes the line, or a whole syslog file, with {@code --seen}.
 */
public final class SyslogSink implements CheckpointSink {
    /** What the verifier looks for. */
    public static final String MARK = "chancery-checkpoint:";
    private static final int PRIORITY = 13 * 8 + 5;

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
        byte[] message = message(checkpoint).getBytes(StandardCharsets.UTF_8);
        try (DatagramSocket socket = new DatagramSocket()) {
            InetSocketAddress to = new InetSocketAddress(host, port);
            if (to.isUnresolved()) {
                throw new IOException("no address known for " + host);
            }
            socket.send(new DatagramPacket(message, message.length, to));
        }
    }

    /** {@code <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG} (RFC 5424, section 6). */
    private String message(String checkpoint) throws IOException {
        return "<" + PRIORITY + ">1 " + clock.instant().truncatedTo(ChronoUnit.MILLIS) + " " + InetAddress.getLocalHost().getHostName()
                + " chancery " + ProcessHandle.current().pid() + " checkpoint - "
                + MARK + Base64.getEncoder().encodeToString(checkpoint.getBytes(StandardCharsets.UTF_8));
    }
}
