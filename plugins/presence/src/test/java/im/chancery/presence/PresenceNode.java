package im.chancery.presence;

import im.chancery.core.PresenceChange;
import im.chancery.core.config.Secret;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jxmpp.jid.impl.JidCreate;

/**
 * A node in a process of its own, told what to do on its standard input: {@code publish JID}, {@code view}. It says
 * {@code ready}, and {@code view JID@node …} in order, on its standard output.
 */
public final class PresenceNode {
    private PresenceNode() {
    }

    /** Addresses to listen on, with ports that Linux gives to no connection which goes out: one could take such a port before the node has it. */
    static List<MemberAddress> freeAddresses(int count) throws IOException {
        List<MemberAddress> free = new ArrayList<>();
        for (int port = ThreadLocalRandom.current().nextInt(10_000, 30_000); free.size() < count; port++) {
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress("127.0.0.1", port));
                free.add(new MemberAddress("127.0.0.1", port));
            } catch (BindException e) {
                continue; // somebody's: the next
            }
        }
        return free;
    }

    /** Arguments: the node's name, the secret's file, the address to listen on, the addresses of all members. */
    public static void main(String[] args) throws IOException, PresenceException {
        var members = Arrays.stream(args).skip(3).map(a -> MemberAddress.of(a).orElseThrow()).toList();
        var cluster = new PresenceConfig.Cluster("test", MemberAddress.of(args[2]).orElseThrow(), members, Secret.read(Path.of(args[1])));
        try (PresenceStore store = PresenceStores.open(new PresenceConfig(Optional.of(cluster)), args[0])) {
            System.out.println("ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("publish ")) {
                    store.publish(new PresenceChange(JidCreate.entityFullFrom(line.substring(8)), true, "", 0));
                } else {
                    System.out.println("view " + store.all().stream().map(e -> e.presence().who() + "@" + e.node()).sorted()
                            .collect(Collectors.joining(" ")));
                }
            }
        }
    }
}
