package im.chancery.archive;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLRecoverableException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/** A database whose connection can be lost at the worst moment: when it has committed, and before it can say so. */
final class BrokenDatabase {
    private final DataSource whole;
    private final AtomicBoolean armed = new AtomicBoolean();

    BrokenDatabase(DataSource whole) {
        this.whole = whole;
    }

    /** The next commit happens, and is told as a failure. */
    void loseTheNextCommitsAnswer() {
        armed.set(true);
    }

    DataSource source() {
        return (DataSource) proxy(DataSource.class, whole);
    }

    private Object proxy(Class<?> type, Object target) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            try {
                Object result = method.invoke(target, args);
                if (method.getName().equals("commit") && armed.getAndSet(false)) {
                    throw new SQLRecoverableException("the connection was lost in the middle of a commit");
                }
                return result instanceof Connection ? proxy(Connection.class, result) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
