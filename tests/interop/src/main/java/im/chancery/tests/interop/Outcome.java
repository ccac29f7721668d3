package im.chancery.tests.interop;

/**
 * What came of one test.
 *
 * @param kind   how it ended
 * @param test   its name: class, method, and the kind of connection if there are several
 * @param method its class and method, as the suite's config names it
 * @param why    the exception or the reason in one line; empty if it has passed
 */
record Outcome(Kind kind, String test, String method, String why) {
    /** How a test ended. */
    enum Kind {
        PASSED,
        FAILED,
        /** The server hasn't got what the test is about. */
        IMPOSSIBLE,
        /** It ended the whole run; the tests that would have followed it have no outcome. */
        BROKE_OFF
    }

    Outcome {
        why = String.valueOf(why).replaceAll("\\s+", " ");
    }

    /** One line of text, which {@link #of} reads. */
    String line() {
        return String.join("\t", kind.name(), test, method, why);
    }

    static Outcome of(String line) {
        String[] parts = line.split("\t", 4);
        return new Outcome(Kind.valueOf(parts[0]), parts[1], parts[2], parts[3]);
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + ": " + test + (why.isEmpty() ? "" : ": " + why);
    }
}
