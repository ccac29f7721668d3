package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class TokensFileTest {
    private static final String ANN = Operators.entry("t1", "Ann", "reader", "s3cret");

    @TempDir
    private Path folder;

    @Test
    void knowsATokenByItsHash() throws Exception {
        TokensFile tokens = TokensFile.open(written("[" + ANN + "]"));
        assertThat(tokens.find("s3cret")).hasValueSatisfying(t -> {
            assertThat(t.name()).isEqualTo("Ann");
            assertThat(t.duty()).isEqualTo(Duty.READER);
        });
        assertThat(tokens.find("s3cre")).isEmpty();
        assertThat(tokens.find("s3cret ")).isEmpty();
        assertThat(tokens.find("")).isEmpty();
        assertThat(tokens.find("x".repeat(10_000))).isEmpty();
    }

    @Test
    void theHashItselfIsNoToken() throws Exception {
        Path file = written("[" + ANN + "]");
        String hash = Files.readString(file).replaceAll("(?s).*\"sha256\": \"([0-9a-f]+)\".*", "$1");
        assertThat(hash).hasSize(64);
        assertThat(TokensFile.open(file).find(hash)).isEmpty();
    }

    @Test
    void withoutAFileThereIsNoToken() throws Exception {
        TokensFile tokens = TokensFile.open(folder.resolve("none"));
        assertThat(tokens.find("s3cret")).isEmpty();
    }

    @Test
    void aChangedFileIsReadAgainAndAWrongOneIsNot() throws Exception {
        Path file = written("[]");
        TokensFile tokens = TokensFile.open(file);
        assertThat(tokens.find("s3cret")).isEmpty();
        replace(file, "[" + ANN + "]");
        assertThat(tokens.find("s3cret")).isPresent();
        replace(file, "not json");
        assertThat(tokens.find("s3cret")).isPresent();
        replace(file, "[]");
        assertThat(tokens.find("s3cret")).isEmpty();
    }

    /** Rights are no change of the file's text, size or time. */
    @Test
    void aRefusedFileIsReadOnceItsRightsAreMended() throws Exception {
        Path file = written("[" + ANN + "]");
        TokensFile tokens = TokensFile.open(file);
        Path next = Operators.write(folder.resolve("next"), "[]");
        Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        assertThat(tokens.find("s3cret")).isPresent();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(tokens.find("s3cret")).as("a token that was taken away").isEmpty();
    }

    @Test
    void aRefusedFileIsToldOfOnce() throws Exception {
        Path file = written("[]");
        TokensFile tokens = TokensFile.open(file);
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(TokensFile.class);
        log.addAppender(told);
        told.start();
        try {
            replace(file, "not json");
            tokens.find("s3cret");
            tokens.find("s3cret");
            assertThat(told.list).hasSize(1);
            replace(file, "not json either");
            tokens.find("s3cret");
            assertThat(told.list).hasSize(2);
        } finally {
            log.detachAppender(told);
        }
    }

    @Test
    void takingTheFileAwayTakesAccessAway() throws Exception {
        Path file = written("[" + ANN + "]");
        TokensFile tokens = TokensFile.open(file);
        Files.delete(file);
        assertThat(tokens.find("s3cret")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-rw----", "rw----r--"})
    void aFileThatOthersMayTouchIsRefused(String mode) throws Exception {
        Path file = written("[" + ANN + "]");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        assertThatThrownBy(() -> TokensFile.open(file)).isInstanceOf(IOException.class).hasMessageContaining("that others may touch");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{}", "[1]", "[{}]", "[{\"id\": \"a\", \"name\": \"b\", \"duty\": \"reader\", \"sha256\": \"zz\"}]",
        "[{\"id\": \"a\", \"name\": \" \", \"duty\": \"reader\", \"sha256\": \"0000000000000000000000000000000000000000000000000000000000000000\"}]",
        "[{\"id\": \"a\", \"name\": \"b\", \"duty\": \"king\", \"sha256\": \"0000000000000000000000000000000000000000000000000000000000000000\"}]",
        "[{\"id\": \"a\", \"name\": \"b\", \"duty\": \"reader\", \"extra\": \"\", \"sha256\": \"0000000000000000000000000000000000000000000000000000000000000000\"}]",
    })
    void aWrongFileIsRefused(String text) throws Exception {
        Path file = written(text);
        assertThatThrownBy(() -> TokensFile.open(file)).isInstanceOf(IOException.class).hasMessageContaining(file.toString());
    }

    @Test
    void nobodyHasTwoDuties() throws Exception {
        Path file = written("[" + ANN + "," + Operators.entry("t2", "Ann", "administrator", "other") + "]");
        assertThatThrownBy(() -> TokensFile.open(file)).isInstanceOf(IOException.class).hasMessageContaining("duties are separate");
    }

    /** Fullwidth letters, another case, a ligature. */
    @ParameterizedTest
    @ValueSource(strings = {"\uff26inn", "FINN", "\ufb01nn"})
    void namesThatLookTheSameAreOnePerson(String name) throws Exception {
        String finn = Operators.entry("t1", "Finn", "reader", "s3cret");
        Path file = written("[" + finn + "," + Operators.entry("t2", name, "administrator", "other") + "]");
        assertThatThrownBy(() -> TokensFile.open(file)).isInstanceOf(IOException.class).hasMessage(file + ", entry 2: '" + name
                + "' is administrator and counts as the same name as 'Finn', who is reader; duties are separate, one for each person");
        Path same = written("[" + finn + "," + Operators.entry("t2", name, "reader", "other") + "]");
        assertThat(TokensFile.open(same).find("other")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {" Ann", "Ann ", "Ann\u00a0", "\u2003Ann", "\u3000Ann"})
    void aNameHasNoBlanksAtItsEnds(String name) throws Exception {
        Path file = written("[" + ANN + "," + Operators.entry("t2", name, "administrator", "other") + "]");
        assertThatThrownBy(() -> TokensFile.open(file)).isInstanceOf(IOException.class)
                .hasMessage(file + ", entry 2: found name '" + name + "'; allowed: a name without blanks at its ends");
    }

    /** A certificate is kept for ever, and says who has approved it. */
    @ParameterizedTest
    @ValueSource(strings = {"schedule", "Engine", "ARCHIVE", "nobody", "\uff53ignal", "File Watch", "key folder restored"})
    void nobodyHasANameOfTheEnginesOwn(String name) throws Exception {
        Path file = written("[" + ANN + "," + Operators.entry("t2", name, "administrator", "other") + "]");
        assertThatThrownBy(() -> TokensFile.open(file)).isInstanceOf(IOException.class).hasMessage(file + ", entry 2: found name '" + name
                + "'; allowed: a name that counts as none of the engine's own: archive, engine, file watch, key folder restored, nobody, schedule, signal");
    }

    @Test
    void anIdIsThereOnce() throws Exception {
        Path file = written("[" + ANN + "," + Operators.entry("t1", "Bob", "reader", "other") + "]");
        assertThatThrownBy(() -> TokensFile.open(file)).isInstanceOf(IOException.class).hasMessageContaining("twice");
    }

    private Path written(String text) throws IOException {
        return Operators.write(folder.resolve("tokens"), text);
    }

    private void replace(Path file, String text) throws IOException {
        Path next = Operators.write(folder.resolve("next"), text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
