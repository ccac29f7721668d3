package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {
    private static final Duration LITTLE = Duration.ofMillis(500);

    @TempDir
    private Path folder;
    private final List<String> taken = new ArrayList<>();
    private Runnable failure = () -> { };
    private boolean refuses;
    private long now;
    private Path file;
    private ConfigWatch watch;

    @BeforeEach
    void watch() throws IOException {
        file = Files.writeString(folder.resolve("chancery.yaml"), "first");
        watch = new ConfigWatch(file, this::take, () -> now);
        pass(ConfigWatch.SETTLED.plus(LITTLE));
    }

    @AfterEach
    void close() {
        watch.close();
    }

    private void take() throws ConfigException {
        failure.run();
        try {
            taken.add(Files.readString(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        if (refuses) {
            throw new ConfigException(new ConfigProblem(new Position("chancery.yaml", 1, 1), "", "this", "that"));
        }
    }

    /** Looks every {@link #LITTLE} while the time passes. */
    private void pass(Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(LITTLE)) {
            watch.tick();
            now += LITTLE.toNanos();
        }
        watch.tick();
    }

    @Test
    void whatIsThereFirstIsTakenOnce() {
        pass(Duration.ofMinutes(1));
        assertThat(taken).as("it may have changed between the start's reading and the first look").containsExactly("first");
    }

    @Test
    void aFileThatIsWrittenInPlaceIsTakenWhenItHasSettled() throws IOException {
        Files.writeString(file, "");
        pass(LITTLE);
        for (int i = 0; i < 10; i++) {
            Files.writeString(file, "a part; ", StandardOpenOption.APPEND);
            pass(ConfigWatch.SETTLED.minus(LITTLE).minus(LITTLE));
        }
        assertThat(taken).containsExactly("first");
        pass(ConfigWatch.SETTLED);
        assertThat(taken).containsExactly("first", "a part; ".repeat(10));
    }

    @Test
    void aFileThatIsPutInItsPlaceByRenamingIsSeen() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "later");
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        pass(ConfigWatch.SETTLED.plus(LITTLE));
        assertThat(taken).containsExactly("first", "later");
    }

    @Test
    void aFileThatIsGoneForAWhileChangesNothing() throws IOException {
        Files.delete(file);
        pass(Duration.ofMinutes(1));
        assertThat(taken).containsExactly("first");
        Files.writeString(file, "again");
        pass(ConfigWatch.SETTLED.plus(LITTLE));
        assertThat(taken).containsExactly("first", "again");
    }

    @Test
    void whatIsRefusedIsNotTriedAgainUntilItChanges() throws IOException {
        refuses = true;
        Files.writeString(file, "wrong");
        pass(Duration.ofMinutes(1));
        assertThat(taken).containsExactly("first", "wrong");
    }

    @Test
    void whatCouldNotBeRecordedIsTriedAgainAfterAWhile() throws IOException {
        isTriedAgainAfter(() -> {
            throw new IllegalStateException("the disk is full");
        });
    }

    @Test
    void whatFailsByAnErrorToo() throws IOException {
        isTriedAgainAfter(() -> {
            throw new StackOverflowError("the file is odd");
        });
    }

    private void isTriedAgainAfter(Runnable why) throws IOException {
        failure = why;
        Files.writeString(file, "later");
        pass(ConfigWatch.SETTLED.plus(LITTLE));
        failure = () -> { };
        pass(Duration.ofSeconds(5));
        assertThat(taken).as("not at once").containsExactly("first");
        pass(Duration.ofSeconds(10));
        assertThat(taken).containsExactly("first", "later");
    }
}
