package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.host.prosody.LinkWriter.Outgoing;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of, and what is handed over, when a link ends. */
class LinkWriterTest {
    @TempDir
    private Path folder;

    @Test
    void whatComesAfterTheEndIsHandedOverAndNotToldOf() throws Exception {
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(folder.resolve("link")));
            try (SocketChannel host = SocketChannel.open(listener.getLocalAddress()); LinkChannel channel = new LinkChannel(listener.accept())) {
                List<Outgoing> told = new ArrayList<>();
                LinkWriter writer = new LinkWriter(channel, told::add, written -> { });
                Outgoing before = new Outgoing(new Frame.Pong(1), 0);
                Outgoing after = new Outgoing(new Frame.Pong(2), 0);
                writer.add(before);
                writer.flush();
                writer.halt();
                writer.add(after);
                writer.flush();
                assertThat(told).containsExactly(before);
                List<Outgoing> left = new ArrayList<>();
                writer.discard(left::add);
                assertThat(left).containsExactly(after);
            }
        }
    }
}
