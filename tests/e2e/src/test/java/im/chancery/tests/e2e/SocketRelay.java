package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes bytes from one Unix socket to another, so that a test can cut a link as a crash would. */
final class SocketRelay implements AutoCloseable {
    private final Path from;
    private final UnixDomainSocketAddress to;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private ServerSocketChannel listener;

    SocketRelay(Path from, Path to) {
        this.from = from;
        this.to = UnixDomainSocketAddress.of(to);
    }

    /** Listens, again or for the first time. */
    void start() {
        try {
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(from));
            Files.setPosixFilePermissions(from, PosixFilePermissions.fromString("rw-rw-rw-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run(() -> accept(listener));
    }

    /** Cuts all connections and listens no more. */
    void cut() {
        try {
            listener.close();
            Files.deleteIfExists(from);
            for (SocketChannel channel : open) {
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(ServerSocketChannel on) {
        while (on.isOpen()) {
            try {
                SocketChannel host = on.accept();
                SocketChannel engine = SocketChannel.open(to);
                open.add(host);
                open.add(engine);
                run(() -> pass(host, engine));
                run(() -> pass(engine, host));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void pass(SocketChannel source, SocketChannel target) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try (source; target) {
            while (source.read(buffer.clear()) >= 0) {
                for (buffer.flip(); buffer.hasRemaining();) {
                    target.write(buffer);
                }
            }
        } catch (IOException e) {
            // one end is gone; the other is closed with it
        } finally {
            open.remove(source);
        }
    }

    private static void run(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        cut();
    }
}
