package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Many senders write long messages while the engine hangs: as a process, or, where it is in its host, on its database. What the host holds is bounded by
 * {@code max-held}; what is beyond is refused at once or, with a Prosody, stays in the senders' TCP. When the engine goes on, what was held passes, and each
 * message has had one end.
 */
class FloodIT {
    private static final int MAX_HELD = 4 * 1024 * 1024;
    private static final boolean IN_HOST = XmppHost.chosen().holdsEngine();
    /** What is held is there as a tree, as the text that was asked about, and in what waits to be written; with Lua's slack. */
    private static final long COPIES = 8;
    private static final int BODY = 200 * 1024;
    private static final int SENDERS = 24;
    private static final int EACH = 10;
    /** How many such messages may wait; each is a little longer than its body. */
    private static final int HELD = MAX_HELD / (BODY + 1);
    /** A Prosody reads no more of whom something is held; a Tigase reads on. */
    private static final int LEAST_REFUSED = IN_HOST ? SENDERS * EACH - HELD : (SENDERS - HELD) * EACH;
    private static final Pattern REFUSED = Pattern.compile("<message(?=[^>]*type='error')[^>]*\\bid='(f\\d+-\\d+)'");
    private static final Pattern DELIVERED = Pattern.compile("<message(?![^>]*type='error')[^>]*\\bid='(f\\d+-\\d+)'");

    @AutoClose
    private static HangingEngine node;
    private static Deployment chancery;

    @BeforeAll
    static void start() throws IOException, SQLException {
        node = HangingEngine.start(config -> config.replace("deadline: 5 s, max-held: 64 MiB", "deadline: 1 min, max-held: 4 MiB"));
        chancery = node.deployment();
    }

    @Test
    void whatIsHeldForAHangingEngineIsBoundedAndDeliversNothingUnrecorded() throws Exception {
        List<RawClient> senders = new ArrayList<>();
        try (RawClient boris = RawClient.login(chancery.server(), "boris", "desk")) {
            for (int i = 0; i < SENDERS; i++) {
                senders.add(RawClient.login(chancery.server(), "ada", "flood" + i));
            }
            long before = chancery.server().memory();
            List<CompletableFuture<Void>> writing = new ArrayList<>();
            AutoCloseable hanging = node.hang();
            try {
                for (int i = 0; i < SENDERS; i++) {
                    int sender = i;
                    writing.add(CompletableFuture.runAsync(() -> flood(senders.get(sender), sender)));
                }
                // of whom nothing is held, all is refused, and before anything held has waited too long
                Deadline.await("the refusals", Inbox.LIMIT, () -> refused(senders).size() >= LEAST_REFUSED);
                assertThat(ids(DELIVERED, boris.received())).isEmpty();
                assertThat(chancery.server().memory() - before).isLessThan(COPIES * MAX_HELD);
            } finally {
                hanging.close();
            }
            writing.forEach(CompletableFuture::join);
            senders.forEach(RawClient::settled); // all that a client has written before has had its verdict by then
            boris.settled();
            Deadline.await("an end of each", Inbox.LIMIT, () -> ids(DELIVERED, boris.received()).size() + refused(senders).size() >= SENDERS * EACH);
            eachHasOneEnd(ids(DELIVERED, boris.received()), refused(senders));
            passesAtOnce(boris);
        } finally {
            senders.forEach(RawClient::close);
        }
    }

    private static void flood(RawClient sender, int number) {
        for (int i = 0; i < EACH; i++) {
            sender.write("<message to='boris@localhost/desk' type='chat' id='f" + number + "-" + i + "'><body>" + "x".repeat(BODY) + "</body></message>");
        }
    }

    private static List<String> refused(List<RawClient> senders) {
        return senders.stream().flatMap(sender -> ids(REFUSED, sender.received()).stream()).toList();
    }

    private static List<String> ids(Pattern pattern, String text) {
        List<String> ids = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            ids.add(matcher.group(1));
        }
        return ids;
    }

    private static void eachHasOneEnd(List<String> delivered, List<String> refused) {
        Set<String> all = new HashSet<>(delivered);
        all.addAll(refused);
        assertThat(all).hasSize(SENDERS * EACH).hasSize(delivered.size() + refused.size());
        // two of a sender's messages are asked about before a Prosody reads no more of it; what did not fit of them is refused
        assertThat(delivered).as("what was held, and with a Prosody all behind it")
                .hasSizeBetween(IN_HOST ? HELD / 2 : HELD / 2 * (EACH - 1), IN_HOST ? HELD : HELD * EACH);
        List<JsonNode> attempts = chancery.admin().attempts();
        assertThat(attempts.stream().filter(a -> AdminClient.text(a, "stanzaId") != null && "handed_on".equals(AdminClient.text(a, "outcome")))
                .map(a -> AdminClient.text(a, "stanzaId")).collect(Collectors.toList())).containsExactlyInAnyOrderElementsOf(delivered);
    }

    private static void passesAtOnce(RawClient boris) {
        try (SmackClient emma = SmackClient.login(chancery.server(), "emma", "desk")) {
            String id = emma.chat("boris@localhost/desk", "after the flood");
            boris.await("after the flood");
            Expect.handedOn(chancery, emma, id);
        }
    }
}
