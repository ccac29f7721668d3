package im.chancery.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** A run of the command line. */
record Cli(int code, String out, String err) {

    static Cli run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Chancery.run(arguments, new PrintWriter(out), new PrintWriter(err), environment);
        return new Cli(code, out.toString(), err.toString());
    }

    static Cli run(String... arguments) {
        return run(Map.of(), arguments);
    }

    /** The output with what differs from run to run replaced: ids by {@code #}, moments by {@code NOW}, and runs of blanks by one. */
    String golden() {
        return out.replaceAll("node1/\\d+", "node1/#").replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "NOW").replaceAll("\\d{4}-\\d\\d-\\d\\d", "DAY").replaceAll(" {2,}", "  ");
    }
}
