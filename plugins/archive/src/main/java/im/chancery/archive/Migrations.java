package im.chancery.archive;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings a module's tables up to date. On PostgreSQL Flyway takes two connections, and commits a change on one of them before it notes that on the other: after a crash in
 * between it would try the change again, and fail, at each start. Here it gets one connection, so that both are one transaction. Its lock is the session's then,
 * since a transaction's would end with the first change.
 */
public final class Migrations {
    private Migrations() {
    }

    /**
     * Runs what is in {@code db/MODULE} on the class path and hasn't been run yet. Other modules in the same database have tables and a history of their own.
     *
     * @param connection   stays the caller's to close
     * @param placeholders what stands in the scripts for what differs between databases
     * @throws ArchiveException if the tables can't be read or changed
     */
    public static void run(Connection connection, String module, Map<String, String> placeholders) {
        try {
            Flyway.configure().dataSource(giving(unclosed(connection))).locations("classpath:db/" + module).table(module + "_schema_history")
                    .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
                    .baselineOnMigrate(true).baselineVersion("0").placeholders(placeholders).load().migrate();
        } catch (FlywayException e) {
            throw new ArchiveException("the " + module + "'s tables can't be read, or brought up to date: " + firstLine(e), e);
        }
    }

    private static Connection unclosed(Connection connection) {
        return proxy(Connection.class, (self, method, arguments) -> {
            if (method.getName().equals("close")) {
                return null;
            }
            try {
                return method.invoke(connection, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private static DataSource giving(Connection connection) {
        return proxy(DataSource.class, (self, method, arguments) -> {
            if (method.getName().equals("getConnection")) {
                return connection;
            }
            throw new SQLFeatureNotSupportedException(method.getName());
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(Migrations.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** Of what was thrown first. Derby puts the damaged page on the lines that follow. */
    private static String firstLine(Throwable thrown) {
        Throwable first = thrown;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return String.valueOf(first.getMessage()).lines().findFirst().orElse("");
    }
}
