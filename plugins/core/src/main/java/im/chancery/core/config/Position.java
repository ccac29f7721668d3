package im.chancery.core.config;

/**
 * A place in a config file.
 *
 * @param file   the file's name as the user gave it
 * @param line   from 1
 * @param column from 1
 */
public record Position(String file, int line, int column) {
    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
