package im.chancery.roles;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jxmpp.jid.BareJid;

/**
 * A wall has no door, for random houses: {@link House} makes the config and says for itself, from the plain meaning of
 * the words, which barrier keeps whom apart.
 */
class WallPropertiesTest {

    @Property(tries = 400)
    void aBarrierThatMatchesRefusesWhateverElseIsConfigured(@ForAll long seed) throws Exception {
        House house = House.random(new Random(seed));
        RolesPolicy policy = house.policy();
        forAllPairs(house, (from, to, kind) -> {
            Decision decision = policy.decide(direct(from, to, kind));
            Set<String> expected = house.barriersBetween(from, to, kind, false);
            if (expected.isEmpty()) {
                assertThat(decision.rules()).filteredOn(r -> r.effect() == Effect.REFUSE && !r.shadow())
                        .noneMatch(r -> r.id().startsWith("barrier"));
            } else {
                assertThat(decision.effect()).isEqualTo(Effect.REFUSE);
                assertThat(refusing(decision)).containsAll(expected);
            }
        });
    }

    @Property(tries = 200)
    void aBarrierBothWaysIsSymmetric(@ForAll long seed) throws Exception {
        House house = House.random(new Random(seed)).withBothWays();
        RolesPolicy policy = house.policy();
        forAllPairs(house, (a, b, kind) -> assertThat(policy.decide(direct(a, b, kind)).effect())
                .isEqualTo(policy.decide(direct(b, a, kind)).effect()));
    }

    @Property(tries = 200)
    void shadowRulesChangeNothing(@ForAll long seed) throws Exception {
        House house = House.random(new Random(seed));
        RolesPolicy with = house.policy();
        RolesPolicy without = house.withoutShadow().policy();
        forAllExchanges(house, new Random(seed), exchange -> {
            Decision a = with.decide(exchange);
            Decision b = without.decide(exchange);
            assertThat(a.effect()).isEqualTo(b.effect());
            assertThat(a.error()).isEqualTo(b.error());
            assertThat(a.rules().stream().filter(r -> !r.shadow()).toList()).isEqualTo(b.rules());
        });
    }

    @Property(tries = 200)
    void anotherBarrierNeverOpensAnything(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        House house = House.random(random);
        RolesPolicy before = house.policy();
        RolesPolicy after = house.withOneMoreBarrier(random).policy();
        forAllExchanges(house, random, exchange -> {
            if (!before.decide(exchange).allowed()) {
                assertThat(after.decide(exchange).allowed()).isFalse();
            }
        });
    }

    @Property(tries = 200)
    void theOrderOfRulesAndPeopleDoesNotMatter(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        House house = House.random(random);
        RolesPolicy one = house.policy();
        RolesPolicy other = house.shuffled(random).policy();
        forAllExchanges(house, random, exchange -> assertThat(other.decide(exchange)).isEqualTo(one.decide(exchange)));
    }

    @Property(tries = 200)
    void anExplanationAgreesWithTheDecision(@ForAll long seed) throws Exception {
        House house = House.random(new Random(seed));
        RolesPolicy policy = house.policy();
        forAllPairs(house, (from, to, kind) -> {
            Explanation explanation = policy.explain(from, to, kind, Optional.empty());
            Decision decision = policy.decide(direct(from, to, kind));
            assertThat(explanation.decision()).isEqualTo(decision);
            assertThat(explanation.lines()).last().asString().startsWith(decision.allowed() ? "allowed" : "refused: ");
            // The words are worked out from the rules, the decision from the index: they must tell the same.
            assertThat(linesThatSay(explanation, " refuses")).isEqualTo(refusing(decision));
            assertThat(linesThatSay(explanation, " is in shadow, else it refuses"))
                    .isEqualTo(decision.rules().stream().filter(DeterminingRule::shadow).map(DeterminingRule::id).collect(Collectors.toSet()));

            // In a room the decision stops at what refuses the sender; the words go on to what refuses those in it.
            Explanation inRoom = policy.explain(from, to, kind, Optional.of(House.ROOMS.get(0)));
            assertThat(linesThatSay(inRoom, " refuses")).containsAll(refusing(inRoom.decision()));
            assertThat(linesThatSay(inRoom, " refuses").isEmpty()).isEqualTo(inRoom.decision().allowed());
        });
    }

    @Property(tries = 200)
    void nobodySpeaksOrEntersWhereAWallStandsEitherWay(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        House house = House.random(random);
        RolesPolicy policy = house.policy();
        forAllExchanges(house, random, exchange -> {
            if (exchange.place() == Place.DIRECT) {
                return;
            }
            BareJid from = exchange.from().asBareJid();
            boolean walled = exchange.room().orElseThrow().occupants().stream().anyMatch(o -> List.of(StanzaKind.MESSAGE, StanzaKind.PRESENCE)
                    .stream().anyMatch(k -> !house.barriersBetween(from, o, k, false).isEmpty() || !house.barriersBetween(o, from, k, false).isEmpty()));
            if (walled) {
                assertThat(policy.decide(exchange).allowed()).isFalse();
            }
        });
    }

    private interface Pair {
        void check(BareJid from, BareJid to, StanzaKind kind);
    }

    private interface One {
        void check(Exchange exchange);
    }

    private static void forAllPairs(House house, Pair check) {
        for (BareJid from : house.addresses()) {
            for (BareJid to : house.addresses()) {
                for (StanzaKind kind : StanzaKind.values()) {
                    check.check(from, to, kind);
                }
            }
        }
    }

    private static void forAllExchanges(House house, Random random, One check) {
        forAllPairs(house, (from, to, kind) -> {
            check.check(direct(from, to, kind));
            List<BareJid> occupants = new ArrayList<>(house.addresses());
            occupants.removeIf(a -> random.nextInt(3) > 0);
            BareJid room = House.ROOMS.get(random.nextInt(House.ROOMS.size()));
            boolean whisper = random.nextInt(4) == 0;
            check.check(new Exchange(from, room, whisper ? Optional.of(to) : Optional.empty(), kind, "", Direction.LOCAL,
                    whisper ? Place.ROOM_PRIVATE : Place.ROOM, Optional.of(new RoomSnapshot(room, 1, new HashSet<>(occupants))), ""));
        });
    }

    private static Exchange direct(BareJid from, BareJid to, StanzaKind kind) {
        return new Exchange(from, to, Optional.empty(), kind, "", Direction.LOCAL, Place.DIRECT, Optional.empty(), "");
    }

    private static Set<String> refusing(Decision decision) {
        return decision.rules().stream().filter(r -> r.effect() == Effect.REFUSE && !r.shadow()).map(DeterminingRule::id).collect(Collectors.toSet());
    }

    private static Set<String> linesThatSay(Explanation explanation, String verb) {
        return explanation.lines().stream().filter(l -> l.startsWith("rule ") && l.startsWith(verb, l.indexOf(' ', 5)))
                .map(l -> l.substring(5, l.indexOf(' ', 5))).collect(Collectors.toSet());
    }
}
