package im.chancery.examples.keyword;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.extension.Extension;
import im.chancery.core.extension.Opinion;
import im.chancery.core.extension.Submission;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;

/** Refuses what has one of some words in it, in whatever case, and says in the record which one it was. */
public final class KeywordRule implements Extension {
    private static final String REASON = "This has a word in it that doesn't belong in messages.";

    private List<String> words = List.of();
    private String reason = REASON;

    /** Made by the engine. */
    public KeywordRule() {
    }

    @Override
    public List<Option> options() {
        return List.of(
                Option.list("words", "The words.", Option.of("*", Option.Type.STRING, "A word, or several.")).must(),
                Option.of("reason", Option.Type.STRING, "What the sender reads.").or(REASON));
    }

    @Override
    public void start(ConfigNode options) throws ConfigException {
        words = options.texts("words").stream().map(KeywordRule::folded).toList();
        reason = options.text("reason", REASON);
        if (words.isEmpty()) {
            throw new ConfigException(options.get("words").orElseThrow().problem("no word", "one word or more"));
        }
    }

    @Override
    public Opinion judge(Submission submission) {
        String text = folded(submission.text());
        for (String word : words) {
            if (text.contains(word)) {
                return Opinion.refuse(reason).annotated("word", word);
            }
        }
        return Opinion.none();
    }

    /** Full-width letters and the like become ordinary ones, and case goes: "ＡＵＲＯＲＡ" is "aurora". */
    private static String folded(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }
}
