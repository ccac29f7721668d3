package im.chancery.tests.contracts;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.extension.Extension;
import im.chancery.core.extension.Opinion;
import im.chancery.core.extension.Submission;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An extension that does what the words it is asked about tell it to: {@code refuse WHY}, {@code allow}, {@code annotate WHAT}, {@code what} (annotates what it is for),
 * {@code throw}, {@code null}, {@code overflow}, {@code exhaust}, {@code hang}, {@code spin KEY} (until the system property KEY is set, whatever
 * interrupts it), {@code wait MS}, {@code look CLASS} (annotates whether it sees it), {@code read NAME} (annotates what is in that file of its jar), {@code version}
 * (annotates its package's), {@code loader}. Anything else: nothing to say. It lives in a jar, apart from the test's own classes; with the option {@code for} it looks
 * only at words that begin with that name. System properties are what the two share.
 */
public final class ObedientExtension implements Extension {
    /** The system property that counts those that were closed. */
    public static final String CLOSED = "chancery.test.obedient.closed";

    private String name = "";

    /** Made by {@link java.util.ServiceLoader}. */
    public ObedientExtension() {
    }

    @Override
    public List<Option> options() {
        return List.of(Option.of("start", Option.Type.STRING, "What it does at its start: 'throw', 'refuse', or nothing."),
                Option.of("for", Option.Type.NAME, "Which words it looks at; all where it is absent."),
                Option.list("words", "Words it doesn't look at.", Option.of("*", Option.Type.NAME, "A word.")));
    }

    @Override
    public void start(ConfigNode options) throws ConfigException {
        name = options.text("for", "");
        String start = options.text("start", "");
        if (start.equals("refuse")) {
            throw new ConfigException(options.get("start").orElseThrow().problem("'refuse'", "another word"));
        } else if (start.equals("throw")) {
            throw new IllegalStateException("as it was told");
        }
    }

    @Override
    public Opinion judge(Submission submission) throws Exception {
        String text = submission.text();
        if (!name.isEmpty() && !text.startsWith(name + " ")) {
            return Opinion.none();
        }
        String[] words = (name.isEmpty() ? text : text.substring(name.length() + 1)).split(" ", 2);
        String rest = words.length > 1 ? words[1] : "";
        return switch (words[0]) {
            case "refuse" -> Opinion.refuse(rest);
            case "allow" -> Opinion.allow();
            case "annotate" -> Opinion.none().annotated("said", rest);
            case "what" -> Opinion.none().annotated("what", submission.exchange().content().what().token());
            case "throw" -> throw new IllegalStateException(rest);
            case "null" -> null;
            case "overflow" -> deeper(0);
            case "exhaust" -> Opinion.none().annotated("size", "" + new long[Integer.MAX_VALUE].length);
            case "hang" -> hang();
            case "wait" -> {
                new CountDownLatch(1).await(Long.parseLong(rest), TimeUnit.MILLISECONDS);
                yield Opinion.none();
            }
            case "spin" -> spin(rest);
            case "look" -> Opinion.none().annotated("sees", sees(rest));
            case "read" -> Opinion.none().annotated("read", read(rest));
            case "version" -> Opinion.none().annotated("version", String.valueOf(getClass().getPackage().getImplementationVersion()));
            case "loader" -> Opinion.none().annotated("loader", Thread.currentThread().getContextClassLoader() == getClass().getClassLoader() ? "own" : "other");
            default -> Opinion.none();
        };
    }

    @Override
    public void close() {
        System.setProperty(CLOSED, Integer.toString(Integer.getInteger(CLOSED, 0) + 1));
    }

    private static Opinion deeper(int depth) {
        return depth < 0 ? Opinion.none() : deeper(depth + 1).annotated("depth", Integer.toString(depth));
    }

    private static Opinion hang() throws InterruptedException {
        new CountDownLatch(1).await();
        return Opinion.none();
    }

    private static Opinion spin(String key) {
        while (System.getProperty(key) == null) {
            LockSupport.parkNanos(1_000_000);
        }
        return Opinion.none().annotated("spun", key);
    }

    private static String sees(String type) {
        try {
            Class.forName(type);
            return "yes";
        } catch (ClassNotFoundException e) {
            return "no";
        }
    }

    private static String read(String name) throws IOException {
        try (InputStream file = ObedientExtension.class.getResourceAsStream("/" + name)) {
            return file == null ? "nothing" : new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
