package im.chancery.examples.keyword;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import im.chancery.core.extension.Opinion;
import im.chancery.core.extension.Submission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.impl.JidCreate;

class KeywordRuleTest {
    private static final Position HERE = new Position("chancery.yaml", 1, 1);

    /** The map {@code options} as the engine hands it over, after it has checked it. */
    private static ConfigNode options(String... words) {
        List<ConfigNode> items = List.of(words).stream().map(word -> ConfigNode.scalar(HERE, "options.words[]", word)).toList();
        return ConfigNode.map(HERE, "options", Map.of("words", ConfigNode.list(HERE, "options.words", items)));
    }

    private static Opinion judge(String stanza) throws ConfigException {
        Exchange exchange = new Exchange(JidCreate.fromOrThrowUnchecked("ada@example.org/desk"), JidCreate.fromOrThrowUnchecked("emma@example.org"),
                Optional.empty(), StanzaKind.MESSAGE, "chat", Direction.LOCAL, Place.DIRECT, Optional.empty(), stanza);
        Decision roles = Decision.allow(List.of(new DeterminingRule("builtin:house", Effect.ALLOW, "The house may talk.", false)));
        try (KeywordRule rule = new KeywordRule()) {
            rule.start(options("Aurora"));
            return rule.judge(new Submission(exchange, roles));
        } catch (ConfigException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void refusesTheWordWhereverItStands() throws ConfigException {
        Opinion opinion = judge("<message><body>About AURORA, then.</body></message>");
        assertEquals(Optional.of(Effect.REFUSE), opinion.effect());
        assertEquals(Map.of("word", "aurora"), opinion.annotations());
        assertEquals(Optional.of(Effect.REFUSE), judge("<message><body>.</body><html xmlns='h'><p>Au<i>rora</i></p></html></message>").effect());
        assertEquals(Optional.of(Effect.REFUSE), judge("<presence><status>ＡＵＲＯＲＡ</status></presence>").effect());
    }

    @Test
    void hasNothingToSayOfTheRest() throws ConfigException {
        assertEquals(Opinion.none(), judge("<message><body>Lunch?</body></message>"));
    }

    @Test
    void wantsWords() {
        assertThrows(ConfigException.class, () -> new KeywordRule().start(options()));
    }
}
