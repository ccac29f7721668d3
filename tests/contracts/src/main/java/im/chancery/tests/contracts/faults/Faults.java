package im.chancery.tests.contracts.faults;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Decides which operation goes wrong, and how: the n-th that is asked about, or the first of a sort. Safe for many threads. */
public final class Faults {

    /** What happens to the operation, and to the ones after it. */
    public enum Kind {
        /** It is told as failed and didn't happen; the next one works. */
        FAILS(false, false),
        /** It happened, and is told as failed; the next one works. */
        FAILS_AFTER(true, false),
        /** A write is done in part and told as failed, as on a full disk; the next one works. */
        TORN(false, false),
        /** A write is done in part and says so, which isn't an error. */
        SHORT(false, false),
        /** It didn't happen, and neither does anything after it, as when the process is killed. */
        CRASHES(false, true),
        /** It happened, and nothing after it. */
        CRASHES_AFTER(true, true),
        /** A write is done in part, and nothing after it happens. */
        TORN_CRASHES(false, true);

        private final boolean happens;
        private final boolean last;

        Kind(boolean happens, boolean last) {
            this.happens = happens;
            this.last = last;
        }

        /** Whether it is told from others by writes only. */
        boolean cutsWrites() {
            return this == TORN || this == SHORT || this == TORN_CRASHES;
        }
    }

    /** An operation, on a database or on files. */
    @FunctionalInterface
    interface Operation<T, E extends Exception> {
        T run() throws E;
    }

    private static final Pattern NUMBERS = Pattern.compile("[0-9]+");

    private Kind kind = Kind.FAILS;
    private long left = Long.MAX_VALUE;
    private String wanted = "";
    private int leftOfSort;
    private final Set<String> sorts = new LinkedHashSet<>();
    private boolean crashed;
    private String struck = "";

    /** The {@code number}-th operation from now on goes wrong; it and all after it until {@link #heal}, if the kind is a crash. */
    public synchronized void arm(long number, Kind newKind) {
        kind = newKind;
        left = number;
        crashed = false;
        struck = "";
    }

    /** The {@code number}-th operation of this sort goes wrong, as above. */
    public synchronized void arm(String sort, int number, Kind newKind) {
        arm(Long.MAX_VALUE, newKind);
        wanted = sort;
        leftOfSort = number;
    }

    /** From now on everything works. */
    public synchronized void heal() {
        left = Long.MAX_VALUE;
        wanted = "";
        crashed = false;
    }

    /** The sorts of operations since the last call, in the order of their first one: what they do on which file, or their SQL, whatever the numbers in it. */
    public synchronized List<String> takeSorts() {
        List<String> taken = List.copyOf(sorts);
        sorts.clear();
        return taken;
    }

    /** Which operation went wrong; empty if none has. */
    public synchronized String struck() {
        return struck;
    }

    /** Runs an operation that may go wrong. @param error how it is told */
    <T, E extends Exception> T run(String what, Supplier<E> error, Operation<T, E> operation) throws E {
        if (!strikes(what, error)) {
            return operation.run();
        }
        if (kind == Kind.SHORT) {
            return operation.run(); // only a write can be done in part
        }
        if (kind.happens) {
            operation.run();
            end();
        }
        throw error.get();
    }

    /**
     * As {@link #run}, for a write.
     *
     * @param half the same write, of half as much
     */
    <T, E extends Exception> T write(String what, Supplier<E> error, Operation<T, E> whole, Operation<T, E> half) throws E {
        if (!strikes(what, error)) {
            return whole.run();
        }
        if (kind.cutsWrites()) {
            T written = half.run();
            end();
            if (kind == Kind.SHORT) {
                return written;
            }
        } else if (kind.happens) {
            whole.run();
            end();
        }
        throw error.get();
    }

    private synchronized <E extends Exception> boolean strikes(String what, Supplier<E> error) throws E {
        if (crashed) {
            throw error.get();
        }
        String sort = NUMBERS.matcher(what).replaceAll("#");
        sorts.add(sort);
        if (--left != 0 && !(sort.equals(wanted) && --leftOfSort == 0)) {
            return false;
        }
        wanted = "";
        struck = what;
        if (!kind.happens && !kind.cutsWrites()) {
            end();
        }
        return true;
    }

    private synchronized void end() {
        crashed = kind.last;
    }
}
