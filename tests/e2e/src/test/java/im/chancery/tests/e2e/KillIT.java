package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.SeenCheckpoint;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Kills the engine, its host or both with SIGKILL at random moments under load; where the one is in the other, both. After each round: what was delivered is a
 * subset of what was recorded as allowed, each sender's messages are in order and none came twice, and the log verifies and
 * begins with the checkpoints of all rounds before.
 */
class KillIT {
    private static final int ROUNDS = Integer.getInteger("chancery.kill.rounds", 10);
    private static final int TELL_EVERY = 100;
    private static final int LONGEST_LOAD_MILLIS = 1000;
    private static final int LOAD_AFTER_KILL_MILLIS = 200;
    /** A delivered message of the load: round, sender, number. */
    private static final Pattern DELIVERED = Pattern.compile("<message(?![^>]*type='error')[^>]*\\bid='(r\\d+-([a-z]+)-(\\d+))'");

    private enum Victim { ENGINE, HOST, BOTH }

    private static final List<Victim> VICTIMS = XmppHost.chosen().holdsEngine() ? List.of(Victim.BOTH) : List.of(Victim.values());

    @AutoClose
    private static Deployment chancery;
    private long lastIndex = -1;
    private final Set<String> recorded = new HashSet<>();
    private final List<SeenCheckpoint> seen = new ArrayList<>();

    @BeforeAll
    static void start() {
        chancery = Deployment.start();
    }

    @Test
    void whatWasDeliveredWasRecordedWhateverIsKilled() {
        long seed = Long.getLong("chancery.kill.seed", new Random().nextLong());
        Random random = new Random(seed);
        int delivered = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Victim victim = VICTIMS.get(round % VICTIMS.size());
            delivered += round(round, victim, random, "round " + round + ", killed " + victim + ", seed " + seed);
            if ((round + 1) % TELL_EVERY == 0 || round + 1 == ROUNDS) {
                System.out.printf("kill: %d rounds, seed %d: %,d delivered, %,d recorded as allowed%n", round + 1, seed, delivered, recorded.size());
            }
        }
        LogCheck.commandSaysSo(chancery, seen.get(0));
        assertThat(delivered).as("messages delivered in all rounds, seed " + seed).isPositive();
    }

    private int round(int round, Victim victim, Random random, String what) {
        List<String> texts = new ArrayList<>();
        try (RawClient boris = available("boris"); RawClient dmitri = available("dmitri")) {
            AtomicBoolean stop = new AtomicBoolean();
            List<Thread> senders = List.of(sender(round, "ada", "boris", stop), sender(round, "emma", "boris", stop),
                    sender(round, "clara", "dmitri", stop), sender(round, "boris", "dmitri", stop));
            pause(random.nextInt(LONGEST_LOAD_MILLIS));
            kill(victim);
            pause(LOAD_AFTER_KILL_MILLIS);
            stop.set(true);
            senders.forEach(KillIT::join);
            chancery.recover();
            texts.add(boris.received());
            texts.add(dmitri.received());
        }
        // what the host had stored for later comes now
        try (RawClient boris = available("boris"); RawClient dmitri = available("dmitri")) {
            texts.set(0, texts.get(0) + boris.settled());
            texts.set(1, texts.get(1) + dmitri.settled());
        }
        readRecords();
        int delivered = 0;
        for (String text : texts) {
            delivered += check(text, what);
        }
        seen.add(LogCheck.consistent(chancery, seen, what));
        return delivered;
    }

    private int check(String received, String what) {
        Map<String, Integer> last = new HashMap<>();
        Matcher matcher = DELIVERED.matcher(received);
        int count = 0;
        while (matcher.find()) {
            String sender = matcher.group(2);
            int number = Integer.parseInt(matcher.group(3));
            assertThat(sender).as("refused sender delivered, " + what).isNotEqualTo("boris");
            // asked of the set itself: AssertJ goes through all of it, which took most of the time after some hundred rounds
            assertThat(recorded.contains(matcher.group(1))).as("delivered and not recorded, " + what + ": " + matcher.group(1)).isTrue();
            assertThat(number).as("order of " + sender + ", " + what).isGreaterThan(last.getOrDefault(sender, -1));
            last.put(sender, number);
            count++;
        }
        return count;
    }

    private void readRecords() {
        for (JsonNode attempt : chancery.admin().attempts(lastIndex)) {
            lastIndex = Long.parseLong(AdminClient.text(attempt, "id").replaceFirst(".*/", ""));
            if ("allow".equals(AdminClient.text(attempt, "effect")) && AdminClient.text(attempt, "stanzaId") != null) {
                recorded.add(AdminClient.text(attempt, "stanzaId"));
            }
        }
    }

    private static RawClient available(String who) {
        RawClient client = RawClient.login(chancery.server(), who, "kill");
        client.write("<presence/>");
        return client;
    }

    private static Thread sender(int round, String from, String to, AtomicBoolean stop) {
        RawClient loggedIn = RawClient.login(chancery.server(), from, "load");
        Thread thread = new Thread(() -> {
            try (RawClient client = loggedIn) {
                for (int i = 0; !stop.get(); i++) {
                    client.write("<message to='" + to + "@localhost' type='chat' id='r" + round + "-" + from + "-" + i
                            + "'><body>load</body></message>");
                    pause(1);
                }
            } catch (UncheckedIOException e) {
                // its server was killed under it, which ends its part of the round
                stop.set(true);
            }
        }, "sender-" + from);
        thread.start();
        return thread;
    }

    private static void kill(Victim victim) {
        if (victim != Victim.HOST) {
            chancery.crash();
        }
        if (victim != Victim.ENGINE && chancery.server().isAlive()) {
            chancery.server().kill();
        }
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
