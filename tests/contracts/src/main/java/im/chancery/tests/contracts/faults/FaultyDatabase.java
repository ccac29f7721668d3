package im.chancery.tests.contracts.faults;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/** A database each of whose connections, statements, commits and rollbacks may go wrong. Keeps no pool. */
public final class FaultyDatabase {
    /** The sort of operation that a commit is. */
    static final String COMMIT = "commit ";
    private static final String AWAY = "08006";

    private final DataSource whole;
    private final Faults faults;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();

    public FaultyDatabase(DataSource whole, Faults faults) {
        this.whole = whole;
        this.faults = faults;
    }

    /** The data source to hand on. */
    public DataSource source() {
        return (DataSource) Proxy.newProxyInstance(DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, args) -> {
            if (!method.getName().equals("getConnection")) {
                return call(method, whole, args);
            }
            return faults.run("getConnection", FaultyDatabase::away, () -> {
                Connection connection = whole.getConnection();
                open.add(connection);
                return proxy(Connection.class, connection, "");
            });
        });
    }

    /** Ends what the one that crashed has left open, as the database does: its transactions are rolled back, its locks are gone. */
    public void endSessions() {
        for (Connection connection : open) {
            try (connection) {
                if (!connection.isClosed()) {
                    if (!connection.getAutoCommit()) {
                        connection.rollback();
                    }
                    if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
                        connection.createStatement().execute("SELECT pg_advisory_unlock_all()"); // or it is gone a moment later
                        if (!connection.getAutoCommit()) {
                            connection.commit();
                        }
                    }
                }
            } catch (SQLException e) {
                throw new IllegalStateException("a session can't be ended", e);
            }
        }
        open.clear();
    }

    /** @param sql of a prepared statement */
    private Object proxy(Class<?> type, Object target, String sql) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            String name = method.getName();
            if (name.startsWith("execute") || name.equals("commit") || name.equals("rollback") || name.equals("setAutoCommit")) { // which may commit
                String what = name + " " + (args != null && args[0] instanceof String text ? text : sql);
                return faults.<Object, Exception>run(what, FaultyDatabase::away, () -> call(method, target, args));
            }
            Object result = call(method, target, args);
            if (result instanceof PreparedStatement) {
                return proxy(PreparedStatement.class, result, (String) args[0]);
            }
            return result instanceof Statement ? proxy(Statement.class, result, "") : result;
        });
    }

    private static Object call(java.lang.reflect.Method method, Object target, Object[] args) throws Exception {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }

    private static SQLException away() {
        return new SQLRecoverableException("the database went away", AWAY);
    }
}
