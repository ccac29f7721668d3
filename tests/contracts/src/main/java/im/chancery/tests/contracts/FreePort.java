package im.chancery.tests.contracts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers of tests. They are none of those that Linux gives to connections which go out (from 32768 on): between the look for a free one and the
 * server's start such a connection would take it now and then.
 */
public final class FreePort {
    private static final int FIRST = 10_000;
    private static final int END = 32_768;
    private static final int TRIES = 1_000;

    private FreePort() {
    }

    /** A port of this address on which nobody listens. */
    public static int on(String address) {
        IOException last = null;
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(address, port));
                return port;
            } catch (IOException e) {
                last = e;
            }
        }
        throw new UncheckedIOException("no port of " + address + " is free", last);
    }
}
