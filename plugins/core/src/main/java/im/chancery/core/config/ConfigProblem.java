package im.chancery.core.config;

/**
 * One thing wrong in a config file.
 *
 * @param position where
 * @param path     the option's path, such as {@code barriers[0].from}; empty for the whole file
 * @param found    what stands there, in words; never a secret
 * @param allowed  what may stand there
 */
public record ConfigProblem(Position position, String path, String found, String allowed) {
    @Override
    public String toString() {
        return position + ": " + (path.isEmpty() ? "" : path + ": ") + "found " + found + "; allowed: " + allowed;
    }
}
