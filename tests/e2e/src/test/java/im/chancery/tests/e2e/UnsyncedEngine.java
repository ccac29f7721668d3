package im.chancery.tests.e2e;

import im.chancery.host.prosody.ProsodyEngine;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * An engine as it must never run, to show that a test sees it: Derby is opened with syncing switched off before the engine
 * can look whether it is. Takes the engine's arguments.
 */
final class UnsyncedEngine {
    private UnsyncedEngine() {
    }

    public static void main(String[] arguments) throws InterruptedException, SQLException {
        Path data = Path.of(arguments[1]).resolveSibling("data");
        System.setProperty("derby.stream.error.file", data.resolve("derby.log").toString());
        System.setProperty("derby.system.durability", "test");
        DriverManager.getConnection("jdbc:derby:" + data.resolve("db") + ";create=true").close();
        System.clearProperty("derby.system.durability");
        ProsodyEngine.main(arguments);
    }
}
