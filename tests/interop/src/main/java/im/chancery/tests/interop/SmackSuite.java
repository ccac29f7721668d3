package im.chancery.tests.interop;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.igniterealtime.smack.inttest.Configuration;
import org.igniterealtime.smack.inttest.SmackIntegrationTestFramework;
import org.igniterealtime.smack.inttest.XmppConnectionManager;
import org.jivesoftware.smack.util.StringUtils;
import org.jivesoftware.smackx.iqregister.AccountManager;

/**
 * Runs Smack's own integration tests once, and writes what came of each. A process of its own, because the suite's client keeps state
 * for good, and because an exception that the suite did not expect ends the run.
 *
 * <p>Usage: {@code SmackSuite RESULTS SEED}, with the suite's config in system properties {@code sinttest.…}. Each line of the file
 * RESULTS is an {@link Outcome}.
 */
public final class SmackSuite {
    private SmackSuite() {
    }

    /** Ends the process with 0, whatever the tests have shown; with another code if there are no results. */
    public static void main(String[] args) throws Exception {
        // the suite says so itself, but only after it has tried
        AccountManager.sensitiveOperationOverInsecureConnectionDefault(true);
        Run run = new Run(Configuration.newConfiguration(new String[0]), Path.of(args[0]));
        Logger log = Logger.getLogger(SmackIntegrationTestFramework.class.getPackageName());
        log.addHandler(run.new Progress());
        seed(Long.parseLong(args[1]));
        run.run();
        run.end();
    }

    /** What the people of the run with this seed are called after; the suite draws it by lot, but the directory must know them. */
    static String runId(long seed) {
        seed(seed);
        return StringUtils.insecureRandomString(5).toLowerCase(Locale.US);
    }

    private static void seed(long seed) {
        try {
            Field random = Class.forName("org.jivesoftware.smack.util.RandomUtil").getDeclaredField("RANDOM");
            random.setAccessible(true);
            ((Random) ((ThreadLocal<?>) random.get(null)).get()).setSeed(seed);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this is another Smack", e);
        }
    }

    private static final class Run extends SmackIntegrationTestFramework {
        private final Path results;
        /** The test that was begun last; the suite itself names it only while it runs. */
        private ConcreteTest last;

        Run(Configuration config, Path results) {
            super(config);
            this.results = results;
        }

        /** Writes the results and ends the process. */
        void end() {
            List<Outcome> all = new ArrayList<>();
            testRunResult.getSuccessfulTests().forEach(t -> all.add(outcome(Outcome.Kind.PASSED, t.concreteTest, "")));
            testRunResult.getFailedTests().forEach(t -> all.add(outcome(Outcome.Kind.FAILED, t.concreteTest, t.failureReason.toString())));
            testRunResult.getNotPossibleTests().forEach(t ->
                    all.add(outcome(Outcome.Kind.IMPOSSIBLE, t.concreteTest, t.testNotPossibleException.getMessage())));
            testRunResult.getImpossibleTestClasses().forEach((type, why) ->
                    all.add(new Outcome(Outcome.Kind.IMPOSSIBLE, type.getSimpleName(), type.getName(), why.getMessage())));
            Set<String> finished = all.stream().map(Outcome::test).collect(Collectors.toSet());
            if (last != null && !finished.contains(last.toString())) {
                all.add(outcome(Outcome.Kind.BROKE_OFF, last, "an exception that the suite did not expect ended the run"));
            }
            try {
                Files.write(results, all.stream().map(Outcome::line).toList());
            } catch (IOException e) {
                System.err.println("the results can't be written: " + e);
                Runtime.getRuntime().halt(1);
            }
            Runtime.getRuntime().halt(0);
        }

        private static Outcome outcome(Outcome.Kind kind, ConcreteTest test, String why) {
            return new Outcome(kind, test.toString(), test.getMethod().getDeclaringClass().getName() + "." + test.getMethod().getName(), why);
        }

        /**
         * Follows the run by the suite's log. Once the part that keeps connections has something to say outside a test, no test will
         * follow: it deletes its accounts then, one by one, and waits in vain for answers of a server that has closed the stream.
         */
        final class Progress extends Handler {
            @Override
            public void publish(LogRecord entry) {
                ConcreteTest current = getTestUnderExecution();
                if (current != null) {
                    last = current;
                } else if (XmppConnectionManager.class.getName().equals(entry.getLoggerName())) {
                    end();
                }
            }

            @Override
            public void flush() {
                // nothing is kept
            }

            @Override
            public void close() {
                // nothing is kept
            }
        }
    }
}
