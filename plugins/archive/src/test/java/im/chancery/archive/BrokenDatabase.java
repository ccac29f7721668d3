package im.chancery.archive;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/** A database that fails when it is told to, also at the worst moment: when it has committed, and before it can say so. */
final class BrokenDatabase {
    private final DataSource whole;
    private final AtomicBoolean armed = new AtomicBoolean();
    private volatile Fault fault = method -> { };

    /** Is asked before each call of the data source, a connection or a prepared statement. */
    interface Fault {
        void before(String method) throws SQLException;
    }

    BrokenDatabase(DataSource whole) {
        this.whole = whole;
    }

    /** The next commit happens, and is told as a failure. */
    void loseTheNextCommitsAnswer() {
        armed.set(true);
    }

    /** From now on it fails so, and in no other way. */
    void failBy(Fault other) {
        fault = other;
    }

    /** Nothing works from now on. */
    void goAway() {
        failBy(method -> {
            throw new SQLRecoverableException("the database is away", "08006");
        });
    }

    void comeBack() {
        failBy(method -> { });
    }

    DataSource source() {
        return (DataSource) proxy(DataSource.class, whole);
    }

    private Object proxy(Class<?> type, Object target) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            if (!method.getName().equals("close")) {
                fault.before(method.getName());
            }
            try {
                Object result = method.invoke(target, args);
                if (method.getName().equals("commit") && armed.getAndSet(false)) {
                    throw new SQLRecoverableException("the connection was lost in the middle of a commit");
                }
                if (result instanceof Connection) {
                    return proxy(Connection.class, result);
                }
                return result instanceof PreparedStatement ? proxy(PreparedStatement.class, result) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
