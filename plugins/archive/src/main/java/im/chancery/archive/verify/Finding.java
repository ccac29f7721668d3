package im.chancery.archive.verify;

/**
 * One thing that is wrong.
 *
 * @param where the file, leaf or checkpoint, such as {@code tile/entries/000, entry 17} or {@code leaf 17}
 * @param what  what is wrong there
 */
public record Finding(String where, String what) {
    @Override
    public String toString() {
        return where + ": " + what;
    }
}
