package im.chancery.tests.e2e;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Judges the system calls of an engine, or of a host with an engine in it: was each record on stable storage before its verdict or stanza left, and the
 * key before the first record that needs it? A record is known in the trace by its sealed bytes, which are random.
 *
 * <p>A write is on stable storage once a sync of the same file, begun after the write had ended, has ended; or at the write's
 * own end, if the descriptor was opened with O_DSYNC or O_SYNC.
 */
final class StableStorage {
    private static final Pattern STANZA_ID = Pattern.compile("\\bid=['\"]([^'\"]*)['\"]");

    private final List<SystemCall> calls;
    private final Map<Integer, NavigableMap<Integer, Boolean>> writesThrough = new HashMap<>();
    private final String transactionLog;
    private final Stream log;
    /** By socket, as the trace describes it. */
    private final Map<String, Stream> sent = new HashMap<>();

    /** What was written to one place, with the call that wrote each byte. */
    private static final class Stream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final NavigableMap<Integer, SystemCall> writes = new TreeMap<>();

        void add(SystemCall write) {
            writes.put(bytes.size(), write);
            bytes.writeBytes(write.written());
        }

        SystemCall writeOf(int position) {
            return writes.floorEntry(position).getValue();
        }
    }

    /** What must not leave before this record is stable, and the line of the trace at which it began to. */
    record Departure(String record, int line) {
    }

    /**
     * @param calls the trace
     * @param data  the engine's data folder
     */
    StableStorage(List<SystemCall> calls, Path data) {
        this.calls = calls;
        this.transactionLog = data.resolve("db/log/log").toString();
        this.log = new Stream();
        for (SystemCall call : calls) {
            if (call.name().equals("openat") && call.result() >= 0) {
                boolean through = call.arguments().contains("O_DSYNC") || call.arguments().contains("O_SYNC");
                writesThrough.computeIfAbsent((int) call.result(), d -> new TreeMap<>()).put(call.left(), through);
            } else if (call.isWrite() && isTransactionLog(call.target())) {
                log.add(call);
            } else if (call.isWrite() && (call.target().startsWith("UNIX") || call.target().startsWith("TCP"))) {
                sent.computeIfAbsent(call.target(), target -> new Stream()).add(call);
            }
        }
    }

    private boolean isTransactionLog(String target) {
        return target.startsWith(transactionLog) && target.endsWith(".dat");
    }

    /** All verdicts that left on the link at this socket, in order. */
    List<Departure> verdicts(Path socket) {
        List<Departure> verdicts = new ArrayList<>();
        sent.forEach((target, link) -> {
            if (target.contains("\"" + socket + "\"")) {
                addVerdicts(link, verdicts);
            }
        });
        return verdicts;
    }

    private static void addVerdicts(Stream link, List<Departure> verdicts) {
        ByteBuffer bytes = ByteBuffer.wrap(link.bytes.toByteArray());
        while (bytes.hasRemaining()) {
            int begin = bytes.position();
            byte[] frame = new byte[bytes.getInt()];
            bytes.get(frame);
            if (frame[0] == LinkFrames.VERDICT) {
                try {
                    LinkClient.Verdict verdict = LinkClient.Verdict.of(new DataInputStream(new ByteArrayInputStream(frame, 1, frame.length - 1)));
                    verdicts.add(new Departure(verdict.record(), link.writeOf(begin).entered()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** Where each stanza, or the error that answers it, first left for a client without TLS; {@code records} has the stanzas' ids with their records'. */
    List<Departure> stanzas(Map<String, String> records) {
        Map<String, Integer> lines = new HashMap<>();
        for (Stream client : sent.values()) {
            String text = new String(client.bytes.toByteArray(), StandardCharsets.ISO_8859_1);
            for (Matcher id = STANZA_ID.matcher(text); id.find(); ) {
                lines.merge(id.group(1), client.writeOf(id.start()).entered(), Math::min);
            }
        }
        return records.entrySet().stream().filter(stanza -> lines.containsKey(stanza.getKey()))
                .map(stanza -> new Departure(stanza.getValue(), lines.get(stanza.getKey()))).toList();
    }

    /** What left before its record was on stable storage; {@code sealed} has each record's bytes by its id. */
    List<String> tooEarly(List<Departure> departures, Map<String, byte[]> sealed) {
        String written = new String(log.bytes.toByteArray(), StandardCharsets.ISO_8859_1);
        List<String> early = new ArrayList<>();
        for (Departure departure : departures) {
            String id = departure.record();
            byte[] bytes = sealed.get(id);
            int at = bytes == null ? -1 : written.indexOf(new String(bytes, StandardCharsets.ISO_8859_1));
            if (at < 0) {
                early.add("record '" + id + "' is never written to Derby's transaction log");
                continue;
            }
            SystemCall write = log.writeOf(at + bytes.length - 1);
            Optional<Integer> stable = stableAt(write);
            if (stable.isEmpty() || stable.get() >= departure.line()) {
                early.add("record " + id + " is written at line " + write.left() + ", what must wait for it leaves at line " + departure.line()
                        + ", on stable storage it is " + stable.map(line -> "at line " + line).orElse("never"));
            }
        }
        return early;
    }

    /**
     * What is wrong with how a bucket's key was made: its file must be written, synced, moved into place and its folder synced
     * before the first record of the bucket is written.
     *
     * @param file   the key's file
     * @param sealed a record of the bucket
     */
    Optional<String> keyTooLate(Path file, byte[] sealed) {
        String written = new String(log.bytes.toByteArray(), StandardCharsets.ISO_8859_1);
        int first = log.writeOf(written.indexOf(new String(sealed, StandardCharsets.ISO_8859_1))).entered();
        Optional<SystemCall> move = calls.stream().filter(c -> c.name().startsWith("rename") && c.result() == 0
                && c.texts().contains(file.toString())).findFirst();
        if (move.isEmpty()) {
            return Optional.of(file + " is never moved into place");
        }
        String temporary = move.get().texts().get(0);
        Optional<SystemCall> lastWrite = calls.stream().filter(c -> c.isWrite() && c.target().equals(temporary)
                && c.left() < move.get().entered()).reduce((a, b) -> b);
        if (lastWrite.isEmpty() || stableAt(lastWrite.get()).filter(line -> line < move.get().entered()).isEmpty()) {
            return Optional.of(file + " is moved into place before its bytes are on stable storage");
        }
        if (syncOf(file.getParent(), move.get().left()).filter(line -> line < first).isEmpty()) {
            return Optional.of("the folder of " + file + " is not synced before the first record at line " + first);
        }
        return Optional.empty();
    }

    /** Whether a folder was entered durably in its own parent before a line. */
    boolean isMadeDurably(Path folder, int before) {
        return calls.stream().filter(c -> c.name().startsWith("mkdir") && c.result() == 0 && c.texts().contains(folder.toString())).findFirst()
                .flatMap(made -> syncOf(folder.getParent(), made.left())).filter(line -> line < before).isPresent();
    }

    private Optional<Integer> stableAt(SystemCall write) {
        var opened = writesThrough.getOrDefault(write.descriptor(), new TreeMap<>()).lowerEntry(write.entered());
        if (opened != null && opened.getValue()) {
            return Optional.of(write.left());
        }
        return syncOf(Path.of(write.target()), write.left());
    }

    private Optional<Integer> syncOf(Path target, int after) {
        return calls.stream().filter(c -> c.isSync() && c.entered() > after && c.target().equals(target.toString()))
                .map(SystemCall::left).min(Integer::compare);
    }
}
