package im.chancery.retention;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * A database that goes away for good at its n-th commit, as if the machine had died there: just before the commit, or just
 * after it, so that nobody learns of it.
 */
final class Crash {
    /** At which side of the commit. */
    enum Side {
        BEFORE, AFTER
    }

    private static final Set<String> REFUSED = Set.of("commit", "prepareStatement", "createStatement", "getConnection");

    private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    private volatile Side side = Side.BEFORE;
    private volatile boolean dead;

    /** The n-th commit from now on, from 1, is the last one. */
    void arm(int n, Side which) {
        side = which;
        left.set(n);
    }

    boolean happened() {
        return dead;
    }

    DataSource in(DataSource database) {
        return proxy(DataSource.class, database, (method, arguments) -> {
            refuseIfDead(method);
            Object result = call(database, method, arguments);
            return result instanceof Connection connection ? in(connection) : result;
        });
    }

    private Connection in(Connection connection) {
        return proxy(Connection.class, connection, (method, arguments) -> {
            refuseIfDead(method);
            if (method.getName().equals("commit") && left.decrementAndGet() == 0) {
                if (side == Side.AFTER) {
                    connection.commit();
                }
                dead = true;
                refuseIfDead(method);
            }
            if (dead && method.getName().equals("close")) {
                connection.rollback();
            }
            return call(connection, method, arguments);
        });
    }

    private void refuseIfDead(Method method) throws SQLException {
        if (dead && REFUSED.contains(method.getName())) {
            throw new SQLException("the machine has died", "08006");
        }
    }

    private interface Call {
        Object on(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, T real, Call call) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (p, method, arguments) -> call.on(method, arguments)));
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
