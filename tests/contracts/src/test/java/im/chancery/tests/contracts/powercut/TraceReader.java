package im.chancery.tests.contracts.powercut;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads what strace has written of one process with its threads ({@code -f}, without shortening) into a {@link Recording}. A line is a moment; a
 * call that others came in between has two. Arguments of reads are raw, since their bytes don't matter.
 */
final class TraceReader {
    /** What is traced; anything else that could change a file is traced as well, and ends the reading. */
    static final List<String> CALLS = List.of("openat", "close", "read", "lseek", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "dup", "mkdir", "unlink", "rmdir",
            "rename");
    static final List<String> NOT_UNDERSTOOD = List.of("open", "creat", "writev", "pwritev", "pwritev2", "truncate", "fallocate", "sync_file_range", "copy_file_range", "sendfile",
            "splice", "dup2", "dup3", "mkdirat", "unlinkat", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat");
    private static final Set<String> BY_PATH = Set.of("open", "creat", "truncate", "mkdirat", "unlinkat", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat");

    private final Recording recording;
    private final Path top;

    private record Begun(long moment, String text) {
    }

    private TraceReader(Recording recording, Path top) {
        this.recording = recording;
        this.top = top;
    }

    static void read(Path trace, Recording recording, Path top) throws IOException {
        TraceReader reader = new TraceReader(recording, top);
        Map<String, Begun> unfinished = new HashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(trace, StandardCharsets.ISO_8859_1)) {
            long moment = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                moment++;
                String thread = line.substring(0, line.indexOf(' '));
                String call = line.substring(line.indexOf(' ')).strip();
                if (call.startsWith("---") || call.startsWith("+++")) {
                    continue; // a signal, such as Java's own
                }
                if (call.endsWith("<unfinished ...>")) {
                    Begun begun = new Begun(moment, call.substring(0, call.length() - "<unfinished ...>".length()));
                    reader.begins(begun);
                    unfinished.put(thread, begun);
                } else if (call.startsWith("<...")) {
                    Begun begun = unfinished.remove(thread);
                    reader.ends(begun.moment(), moment, begun.text() + call.substring(call.indexOf('>') + 1));
                } else {
                    Begun begun = new Begun(moment, call);
                    reader.begins(begun);
                    reader.ends(moment, moment, call);
                }
            }
        }
    }

    /** What counts from its beginning: what is told, and a close, after which another thread may be given the number. */
    private void begins(Begun call) {
        if (call.text().startsWith("write(1, ")) {
            new String(string(call.text()), StandardCharsets.UTF_8).lines().forEach(line -> recording.tells(call.moment(), line));
        } else if (call.text().startsWith("close(")) {
            recording.closes(number(call.text(), 0));
        }
    }

    private void ends(long begun, long done, String call) {
        String result = call.substring(call.lastIndexOf(" = ") + 3).strip();
        if (result.startsWith("-1") || result.startsWith("?")) {
            return;
        }
        String name = call.substring(0, call.indexOf('('));
        if (name.equals("openat")) {
            String[] parts = call.substring(call.lastIndexOf('"') + 1).split(", ");
            recording.opens(begun, done, Integer.parseInt(result), path(call, 0), parts[1]);
        } else if (List.of("mkdir", "unlink", "rmdir", "rename").contains(name)) {
            paths(begun, done, name, call);
        } else if (NOT_UNDERSTOOD.contains(name)) {
            boolean ours = BY_PATH.contains(name) ? call.contains(top.toString()) : recording.knows(number(call, 0));
            if (ours) {
                throw new AssertionError("the trace can't be followed: " + call);
            }
        } else if (!name.equals("close") && recording.knows(number(call, 0))) {
            content(begun, done, name, call, Long.decode(result.split(" ")[0]));
        }
    }

    private void paths(long begun, long done, String name, String call) {
        switch (name) {
            case "mkdir" -> recording.makesFolder(begun, done, path(call, 0));
            case "rename" -> recording.renames(begun, done, path(call, 0), path(call, 1));
            default -> recording.removes(begun, done, path(call, 0));
        }
    }

    private void content(long begun, long done, String name, String call, long result) {
        int descriptor = number(call, 0);
        switch (name) {
            case "read" -> recording.reads(descriptor, result);
            case "dup" -> recording.duplicates(descriptor, (int) result);
            case "lseek" -> recording.seeks(descriptor, result);
            case "write" -> recording.writes(begun, done, descriptor, -1, whole(string(call), result));
            case "pwrite64" -> recording.writes(begun, done, descriptor, Long.parseLong(lastArgument(call)), whole(string(call), result));
            case "ftruncate" -> recording.setsLength(begun, done, descriptor, Long.parseLong(lastArgument(call)));
            case "fsync", "fdatasync" -> recording.syncs(begun, done, descriptor);
            default -> throw new AssertionError(call);
        }
    }

    /** The bytes that a write took: the disk of a test isn't full. */
    private static byte[] whole(byte[] bytes, long written) {
        if (bytes.length != written) {
            throw new AssertionError("written in part, or shortened by strace: " + written + " of " + bytes.length);
        }
        return bytes;
    }

    private static int number(String call, int from) {
        int begin = call.indexOf('(', from) + 1;
        int end = begin;
        while (end < call.length() && "0123456789abcdefx".indexOf(call.charAt(end)) >= 0) {
            end++;
        }
        return Integer.decode(call.substring(begin, end));
    }

    private static String lastArgument(String call) {
        String arguments = call.substring(0, call.lastIndexOf(')'));
        return arguments.substring(arguments.lastIndexOf(", ") + 2).strip();
    }

    /** The n-th quoted argument as a path. */
    private static Path path(String call, int n) {
        String[] parts = call.split("\"", -1);
        return Path.of(parts[1 + 2 * n]);
    }

    /** The first quoted argument, whose bytes are characters, or escaped as in C with at most three octal digits. */
    private static byte[] string(String call) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int at = call.indexOf('"') + 1;
        while (call.charAt(at) != '"') {
            char c = call.charAt(at++);
            if (c != '\\') {
                bytes.write(c);
                continue;
            }
            char escaped = call.charAt(at++);
            int value = "tnvfr".indexOf(escaped);
            if (value >= 0) {
                bytes.write("\t\n\u000b\f\r".charAt(value));
            } else if (escaped >= '0' && escaped <= '7') {
                int octal = escaped - '0';
                for (int i = 0; i < 2 && call.charAt(at) >= '0' && call.charAt(at) <= '7'; i++) {
                    octal = octal * 8 + call.charAt(at++) - '0';
                }
                bytes.write(octal);
            } else {
                bytes.write(escaped);
            }
        }
        return bytes.toByteArray();
    }
}
