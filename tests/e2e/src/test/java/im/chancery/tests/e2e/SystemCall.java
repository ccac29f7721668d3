package im.chancery.tests.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A system call of a program under strace. Line numbers of the trace are the order of events: strace lets no thread go on
 * before it has written what it saw, so what was caused by the end of a call stands below it.
 *
 * @param entered   the line at which it began
 * @param left      the line at which it had ended
 * @param name      its name
 * @param arguments its arguments as strace prints them with {@code -yy}
 * @param result    what it returned
 */
record SystemCall(int entered, int left, String name, String arguments, long result) {
    /** What to run a program under, so that {@link #read} understands the trace. The program's process id is the command's own. */
    static String[] strace(Path trace) {
        return new String[] {"strace", "-D", "-f", "--seccomp-bpf", "-yy", "-s", "16777216", "-o", trace.toString(), "-e", "signal=none", "-e",
            "trace=openat,creat,write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,fsync,fdatasync,sync_file_range,msync,rename,renameat,renameat2,mkdir,mkdirat"};
    }

    private static final Pattern WHOLE = Pattern.compile("(\\d+) +(\\w+)\\((.*)\\) += (-?\\d+)(?:[<( ].*)?", Pattern.DOTALL);
    private static final Pattern BEGINNING = Pattern.compile("(\\d+) +(\\w+)\\((.*) <unfinished \\.\\.\\.>", Pattern.DOTALL);
    private static final Pattern END = Pattern.compile("(\\d+) +<\\.\\.\\. \\w+ resumed>(.*)\\) += (-?\\d+)(?:[<( ].*)?", Pattern.DOTALL);

    private record Open(int line, String name, String arguments) {
    }

    /** Reads a trace: all calls that have ended, in the order of their beginnings. */
    static List<SystemCall> read(Path trace) {
        List<SystemCall> calls = new ArrayList<>();
        Map<String, Open> open = new HashMap<>();
        try {
            List<String> lines = Files.readAllLines(trace, StandardCharsets.ISO_8859_1);
            for (int i = 0; i < lines.size(); i++) {
                Matcher beginning = BEGINNING.matcher(lines.get(i));
                Matcher end = END.matcher(lines.get(i));
                Matcher whole = WHOLE.matcher(lines.get(i));
                if (beginning.matches()) {
                    open.put(beginning.group(1), new Open(i, beginning.group(2), beginning.group(3)));
                } else if (end.matches()) {
                    Open begun = open.remove(end.group(1));
                    calls.add(new SystemCall(begun.line(), i, begun.name(), begun.arguments() + end.group(2), Long.parseLong(end.group(3))));
                } else if (whole.matches()) {
                    calls.add(new SystemCall(i, i, whole.group(2), whole.group(3), Long.parseLong(whole.group(4))));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        calls.sort(java.util.Comparator.comparingInt(SystemCall::entered));
        return calls;
    }

    boolean isWrite() {
        return switch (name) {
            case "write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg" -> result > 0;
            default -> false;
        };
    }

    boolean isSync() {
        return result == 0 && (name.equals("fsync") || name.equals("fdatasync"));
    }

    /** The descriptor that is the first argument. */
    int descriptor() {
        return Integer.parseInt(arguments.substring(0, arguments.indexOf('<')));
    }

    /** What the first argument stands for: a path, or strace's description of a socket. */
    String target() {
        int end = arguments.indexOf(">, ");
        return arguments.substring(arguments.indexOf('<') + 1, end < 0 ? arguments.lastIndexOf('>') : end);
    }

    /** The bytes that were written, as far as they were. */
    byte[] written() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String text = arguments.substring(arguments.indexOf(">, ") + 2);
        for (int i = text.indexOf('"'); i >= 0; i = text.indexOf('"', i + 1)) {
            i = unescape(text, i + 1, bytes);
        }
        return java.util.Arrays.copyOf(bytes.toByteArray(), (int) Math.min(bytes.size(), result));
    }

    /** The quoted texts among the arguments, such as paths. */
    List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (int i = arguments.indexOf('"'); i >= 0; i = arguments.indexOf('"', i + 1)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            i = unescape(arguments, i + 1, bytes);
            texts.add(bytes.toString(StandardCharsets.UTF_8));
        }
        return texts;
    }

    /** Reads up to the closing quote and gives its place. */
    private static int unescape(String text, int from, ByteArrayOutputStream bytes) {
        int i = from;
        for (; text.charAt(i) != '"'; i++) {
            if (text.charAt(i) != '\\') {
                bytes.write(text.charAt(i));
                continue;
            }
            char escaped = text.charAt(++i);
            int simple = "ntrvf".indexOf(escaped);
            if (simple >= 0) {
                bytes.write("\n\t\r\u000b\f".charAt(simple));
            } else if (escaped >= '0' && escaped <= '7') {
                int end = i + 1;
                while (end < i + 3 && text.charAt(end) >= '0' && text.charAt(end) <= '7') {
                    end++;
                }
                bytes.write(Integer.parseInt(text, i, end, 8));
                i = end - 1;
            } else {
                bytes.write(escaped);
            }
        }
        return i;
    }
}
