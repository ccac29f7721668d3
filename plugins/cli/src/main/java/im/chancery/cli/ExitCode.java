package im.chancery.cli;

/** What a command's end says to scripts. */
final class ExitCode {
    /** Done, and nothing is wrong. */
    static final int OK = 0;
    /** Done, and something is wrong: a log that doesn't verify, a config file with errors. */
    static final int FINDING = 1;
    /** The command line itself is wrong. */
    static final int USAGE = 2;
    /** The engine can't be reached, or doesn't let this token do it. */
    static final int UNREACHABLE = 3;

    private ExitCode() {
    }
}
