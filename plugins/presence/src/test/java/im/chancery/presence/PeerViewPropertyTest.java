package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.PresenceChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jxmpp.jid.impl.JidCreate;

/** A view is exactly what its owner said at one version, and merging views is a join: in any order, any number of times. */
class PeerViewPropertyTest {
    private static final String OWNER = "north";

    @Property
    void mergingViewsIsCommutativeAssociativeAndIdempotent(@ForAll long seed, @ForAll @IntRange(max = 30) int first,
            @ForAll @IntRange(max = 30) int second, @ForAll @IntRange(max = 30) int third) {
        History history = new History(seed, 30);
        Changes a = history.all.get(first);
        Changes b = history.all.get(second);
        Changes c = history.all.get(third);
        assertThat(state(merge(a, b))).isEqualTo(state(merge(b, a)));
        assertThat(state(merge(merge(a, b), c))).isEqualTo(state(merge(a, merge(b, c))));
        assertThat(state(merge(a, a))).isEqualTo(state(a));
    }

    @Property
    void aViewIsTheOwnersTruthAtItsVersionWhateverArrives(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int messages) {
        History history = new History(seed, 30);
        Random random = new Random(seed);
        PresenceIndex index = new PresenceIndex();
        PeerView view = new PeerView(OWNER, index, 0);
        for (int i = 0; i < messages; i++) {
            long before = view.version();
            int at = random.nextInt(30);
            PeerView.Result result = view.take(random.nextBoolean() ? history.steps.get(at) : history.all.get(at));
            assertThat(view.version()).isGreaterThanOrEqualTo(before);
            assertThat(result == PeerView.Result.TAKEN).isEqualTo(view.version() > before);
            assertThat(state(view.everything())).isEqualTo(state(history.all.get((int) view.version())));
            assertThat(index.size()).isEqualTo(view.everything().changes().size());
        }
        view.take(history.all.get(30));
        assertThat(state(view.everything())).isEqualTo(state(history.all.get(30)));
        view.drop();
        assertThat(index.size()).isZero();
    }

    private static Changes merge(Changes one, Changes other) {
        PeerView view = new PeerView(OWNER, new PresenceIndex(), 0);
        view.take(one);
        view.take(other);
        return view.everything();
    }

    private static Set<String> state(Changes all) {
        return all.changes().stream().map(c -> all.to() + " " + c).collect(Collectors.toSet());
    }

    /** What an owner said: each step, and all at each version. */
    private static final class History {
        final List<Changes> steps = new ArrayList<>();
        final List<Changes> all = new ArrayList<>();

        History(long seed, int length) {
            Random random = new Random(seed);
            OwnPresence own = new OwnPresence(OWNER, new PresenceIndex());
            all.add(own.everything());
            for (int i = 0; i < length; i++) {
                String who = "user" + random.nextInt(4) + "@example.org/r" + random.nextInt(2);
                own.publish(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked(who), random.nextInt(3) > 0, "", random.nextInt(5)));
                steps.add(own.unsent());
                all.add(own.everything());
            }
        }
    }
}
