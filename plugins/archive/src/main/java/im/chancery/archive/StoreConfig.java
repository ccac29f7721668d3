package im.chancery.archive;

import im.chancery.core.config.Secret;
import java.util.Objects;
import java.util.Optional;

/**
 * Which database. A database, or at least a schema, belongs to one node.
 *
 * @param kind     which product
 * @param url      its JDBC URL; empty for Derby, which is embedded in the data folder
 * @param user     for PostgreSQL
 * @param password for PostgreSQL; empty where none is asked for
 */
public record StoreConfig(Kind kind, Optional<String> url, Optional<String> user, Optional<Secret> password) {

    /** The databases that the archive can keep its promises on. */
    public enum Kind {
        DERBY, POSTGRESQL
    }

    public StoreConfig {
        Objects.requireNonNull(kind, "kind");
        if ((kind == Kind.POSTGRESQL) != url.isPresent()) {
            throw new IllegalArgumentException("a URL is given for PostgreSQL, and only there");
        }
    }

    /** The product's name, as it is known. */
    String name() {
        return kind == Kind.DERBY ? "Derby" : "PostgreSQL";
    }

    /** Derby, embedded in the data folder. */
    public static StoreConfig derby() {
        return new StoreConfig(Kind.DERBY, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** PostgreSQL at a URL such as {@code jdbc:postgresql://127.0.0.1:5432/chancery}. */
    public static StoreConfig postgresql(String url, String user, Optional<Secret> password) {
        return new StoreConfig(Kind.POSTGRESQL, Optional.of(url), Optional.of(user), password);
    }
}
