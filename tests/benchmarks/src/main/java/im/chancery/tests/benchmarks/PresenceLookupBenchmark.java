package im.chancery.tests.benchmarks;

import im.chancery.core.PresenceChange;
import im.chancery.presence.PresenceConfig;
import im.chancery.presence.PresenceException;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStore.PresenceEntry;
import im.chancery.presence.PresenceStores;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.EntityFullJid;
import org.jxmpp.jid.impl.JidCreate;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Presence look-ups per second, among {@value #PEOPLE} people with two resources each: by one thread alone, and by one thread
 * while another publishes. Every store answers from the same index, so this holds for a cluster's node too. The promise is
 * 1,000,000 a second. Run with {@code java -cp 'target/lib/*:target/classes' org.openjdk.jmh.Main PresenceLookup}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(5)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class PresenceLookupBenchmark {
    private static final int PEOPLE = 100_000;

    private final BareJid[] people = new BareJid[PEOPLE];
    private final EntityFullJid[] resources = new EntityFullJid[PEOPLE];
    private PresenceStore store;

    /** Fills the store. The addresses asked for are other objects than those published. */
    @Setup
    public void fill() throws PresenceException {
        store = PresenceStores.open(PresenceConfig.alone(), "bench");
        for (int i = 0; i < PEOPLE; i++) {
            people[i] = JidCreate.entityBareFromOrThrowUnchecked("user" + i + "@example.org");
            resources[i] = JidCreate.entityFullFromOrThrowUnchecked("user" + i + "@example.org/desk");
            store.publish(new PresenceChange(resources[i], true, "", 5));
            store.publish(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("user" + i + "@example.org/phone"), true, "away", 1));
        }
    }

    @TearDown
    public void close() {
        store.close();
    }

    /** One look-up at random. */
    @Benchmark
    public List<PresenceEntry> find() {
        return store.find(people[ThreadLocalRandom.current().nextInt(PEOPLE)]);
    }

    /** One look-up at random, while another thread changes presence as fast as it can. */
    @Benchmark
    @Group("busy")
    @GroupThreads(1)
    public List<PresenceEntry> findWhilePublishing() {
        return find();
    }

    /** One change at random. */
    @Benchmark
    @Group("busy")
    @GroupThreads(1)
    public void publish() {
        int at = ThreadLocalRandom.current().nextInt(PEOPLE);
        store.publish(new PresenceChange(resources[at], true, "", at % 100));
    }
}
