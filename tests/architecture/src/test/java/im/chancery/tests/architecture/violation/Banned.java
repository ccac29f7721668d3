package im.chancery.tests.architecture.violation;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Each class here does one thing that is banned: shows that the ban is looked at. */
public final class Banned {
    private Banned() {
    }

    static final class PrintsStackTrace {
        void run(Exception e) {
            e.printStackTrace();
        }
    }

    static final class AsksInstant {
        Instant run() {
            return Instant.now();
        }
    }

    static final class AsksInstantByReference {
        Supplier<Instant> run() {
            return Instant::now;
        }
    }

    static final class AsksMillis {
        long run() {
            return System.currentTimeMillis();
        }
    }

    static final class AsksDate {
        LocalDate run() {
            return LocalDate.now();
        }
    }

    static final class AsksZonedDateTime {
        ZonedDateTime run() {
            return ZonedDateTime.now(ZoneOffset.UTC);
        }
    }

    static final class MakesDate {
        Date run() {
            return new Date();
        }
    }

    static final class Sleeps {
        void run() throws InterruptedException {
            Thread.sleep(1);
        }
    }

    static final class SleepsByUnit {
        void run() throws InterruptedException {
            TimeUnit.SECONDS.sleep(1);
        }
    }

    static final class LogsToJul {
        Object run() {
            return java.util.logging.Logger.getLogger("x");
        }
    }

    static final class PrintsOut {
        void run() {
            System.out.println("x");
        }
    }

    static final class PrintsErr {
        void run() {
            System.err.println("x");
        }
    }

    static final class RoleManager {
    }

    static final class RoleHelper {
    }

    static final class RoleUtil {
    }

    static final class RoleUtils {
    }

    static final class RoleImpl {
    }
}
