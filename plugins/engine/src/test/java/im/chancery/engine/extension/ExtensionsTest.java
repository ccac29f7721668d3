package im.chancery.engine.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.extension.Extension;
import im.chancery.core.extension.Opinion;
import im.chancery.engine.TestConfig;
import im.chancery.engine.TestExchanges;
import im.chancery.engine.config.ConfigReader;
import im.chancery.tests.contracts.ExtensionJar;
import im.chancery.tests.contracts.ObedientExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Real jars in real class loaders, which do as they are told. */
class ExtensionsTest {
    private static final Decision ALLOW = Decision.allow(List.of(rule("builtin:house", Effect.ALLOW)));
    private static final Decision REFUSE = Decision.refuse(List.of(rule("wall", Effect.REFUSE)), StanzaError.policyViolation("There is a wall."));

    @TempDir
    private Path folder;
    private final List<Extensions> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(Extensions::close);
    }

    private static DeterminingRule rule(String id, Effect effect) {
        return new DeterminingRule(id, effect, "why", false);
    }

    private ConfigNode config(String... entries) throws IOException, ConfigException {
        if (!Files.exists(folder.resolve("plugins.d"))) {
            ExtensionJar.obedient(folder.resolve("plugins.d/obedient.jar"));
        }
        return ConfigReader.read(TestConfig.in(folder).with("extensions:\n  use:\n    - {" + String.join("}\n    - {", entries) + "}").write());
    }

    private Extensions load(String... entries) throws IOException, ConfigException {
        opened.add(Extensions.load(config(entries)));
        return opened.get(opened.size() - 1);
    }

    private static String entry(String name, String onFailure, String... more) {
        return "name: " + name + ", jar: obedient.jar, on-failure: " + onFailure + (more.length == 0 ? "" : ", " + String.join(", ", more));
    }

    private static CompletableFuture<Judged> ask(Extensions extensions, String words, Decision roles) {
        return extensions.judge(TestExchanges.message("ada@localhost/a", "emma@localhost", words), roles).orElseThrow().toCompletableFuture();
    }

    private static Judged judged(Extensions extensions, String words, Decision roles) throws Exception {
        return ask(extensions, words, roles).get(30, TimeUnit.SECONDS);
    }

    private static List<String> rules(Judged judged) {
        return judged.decision().rules().stream().map(rule -> rule.effect() + " " + rule.id()).toList();
    }

    @Test
    void withoutExtensionsTheRolesDecideAlone() throws Exception {
        Extensions none = Extensions.load(ConfigReader.read(TestConfig.in(folder).write()));
        assertThat(ask(none, "refuse this", ALLOW)).isCompletedWithValue(Judged.of(ALLOW));
    }

    @Test
    void itsRefusalIsTheDecisionWithItsReasonAndName() throws Exception {
        Judged judged = judged(load(entry("one", "refuse")), "refuse No names here.", ALLOW);
        assertThat(judged.decision().error()).contains(StanzaError.policyViolation("No names here."));
        assertThat(rules(judged)).containsExactly("REFUSE extension:one", "ALLOW builtin:house");
    }

    /** A wall has no door, whoever holds it open. */
    @Test
    void itsAssentOpensNothing() throws Exception {
        Judged judged = judged(load(entry("one", "allow")), "allow", REFUSE);
        assertThat(judged.decision().error()).isEqualTo(REFUSE.error());
        assertThat(rules(judged)).containsExactly("REFUSE wall", "ALLOW extension:one");
        assertThat(rules(judged(opened.get(0), "allow", ALLOW))).containsExactly("ALLOW builtin:house", "ALLOW extension:one");
    }

    @Test
    void whatTheRolesRefuseIsRefusedInTheirWords() throws Exception {
        Judged judged = judged(load(entry("one", "refuse")), "refuse for another reason", REFUSE);
        assertThat(judged.decision().error()).isEqualTo(REFUSE.error());
        assertThat(rules(judged)).containsExactly("REFUSE wall", "REFUSE extension:one");
    }

    @Test
    void annotationsComeUnderItsName() throws Exception {
        Judged judged = judged(load(entry("one", "refuse"), entry("two", "refuse")), "annotate a word", ALLOW);
        assertThat(judged.decision()).isEqualTo(ALLOW);
        assertThat(judged.annotations()).containsOnly(java.util.Map.entry("one.said", "a word"), java.util.Map.entry("two.said", "a word"));
    }

    @Test
    void itIsAskedOnlyAboutItsKinds() throws Exception {
        assertThat(judged(load(entry("one", "refuse", "kinds: [presence, iq]")), "refuse this", ALLOW)).isEqualTo(Judged.of(ALLOW));
    }

    @ParameterizedTest
    @CsvSource({"throw, threw", "null, threw", "overflow, threw", "exhaust, threw", "hang, late", "refuse, threw"})
    void whatFailsIsRefusedOrPassesAsDeclared(String words, String how) throws Exception {
        String deadline = how.equals("late") ? "deadline: 1 s" : "deadline: 4 s"; // to run out of memory takes its time
        Extensions extensions = load(entry("shut", "refuse", deadline), entry("open", "allow", deadline));
        Judged judged = judged(extensions, words, ALLOW);
        assertThat(judged.failures()).containsExactly("shut:" + how, "open:" + how);
        assertThat(judged.decision().error().orElseThrow().type()).isEqualTo(StanzaError.Type.WAIT);
        assertThat(rules(judged)).containsExactly("REFUSE extension:shut", "ALLOW builtin:house");
        assertThat(extensions.failing()).containsExactly("shut", "open");

        assertThat(judged(extensions, "annotate again", ALLOW).annotations()).as("it is asked again").hasSize(2);
        assertThat(extensions.failing()).isEmpty();
    }

    @Test
    void oneThatFailsOpenLetsPassWhatTheOthersAllow() throws Exception {
        Judged judged = judged(load(entry("open", "allow")), "throw", ALLOW);
        assertThat(judged.decision()).isEqualTo(ALLOW);
        assertThat(judged.failures()).containsExactly("open:threw");
    }

    @Test
    void oneThatIsStuckCostsNobodyTimeAndComesBack() throws Exception {
        String key = "chancery.test." + UUID.randomUUID();
        Extensions extensions = load(entry("one", "refuse", "deadline: 1 s", "threads: 2"));
        List<CompletableFuture<Judged>> spinning = List.of(ask(extensions, "spin " + key, ALLOW), ask(extensions, "spin " + key, ALLOW));
        for (CompletableFuture<Judged> call : spinning) {
            assertThat(call.get(30, TimeUnit.SECONDS).failures()).containsExactly("one:late");
        }
        assertThat(ask(extensions, "annotate", ALLOW)).as("answered before it waits").isDone();
        assertThat(judged(extensions, "annotate", ALLOW).failures()).containsExactly("one:stuck");
        assertThat(Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("extension-one"))).hasSize(2);

        System.setProperty(key, "go");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        Judged last = judged(extensions, "annotate back", ALLOW);
        while (last.annotations().isEmpty() && System.nanoTime() < end) {
            last = judged(extensions, "annotate back", ALLOW);
        }
        assertThat(last.annotations()).containsEntry("one.said", "back");
        assertThat(extensions.failing()).isEmpty();
    }

    @Test
    void itSeesTheSpiAndTheJdkAndNothingElse() throws Exception {
        Extensions extensions = load(entry("one", "refuse"));
        for (String seen : List.of("im.chancery.core.Exchange", "im.chancery.core.extension.Opinion", "org.jxmpp.jid.Jid", "org.slf4j.Logger", "java.sql.Connection")) {
            assertThat(judged(extensions, "look " + seen, ALLOW).annotations()).as(seen).containsEntry("one.sees", "yes");
        }
        for (String hidden : List.of("im.chancery.engine.Engine", "im.chancery.archive.Archive", "im.chancery.roles.RolesPolicy", "tools.jackson.databind.JsonNode",
                "org.junit.jupiter.api.Test", "im.chancery.tests.contracts.ExtensionJar")) {
            assertThat(judged(extensions, "look " + hidden, ALLOW).annotations()).as(hidden).containsEntry("one.sees", "no");
        }
        assertThat(judged(extensions, "loader", ALLOW).annotations()).containsEntry("one.loader", "own");
        assertThat(Thread.currentThread().getContextClassLoader()).isNotInstanceOf(JarLoader.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense: 1", "words: one", "words: [7]", "start: {}"})
    void optionsItDoesNotTakeAreRefusedAtTheirPlace(String option) throws Exception {
        ConfigNode root = config(entry("one", "refuse", "options: {" + option + "}"));
        assertThatThrownBy(() -> Extensions.load(root)).isInstanceOfSatisfying(ConfigException.class, e -> {
            assertThat(e.problems()).hasSize(1);
            assertThat(e.problems().get(0).path()).startsWith("extensions.use[0].options.");
            assertThat(e.problems().get(0).position().line()).isEqualTo(lines(root) - 1);
        });
    }

    /** The entry is the file's last line. */
    private static int lines(ConfigNode root) {
        try {
            return Files.readString(Path.of(root.position().file())).split("\n", -1).length;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void oneThatRefusesItsOptionsOrThrowsAtItsStartIsRefused() throws Exception {
        refused("extensions.use[0].options.start: found 'refuse'; allowed: another word", entry("one", "refuse", "options: {start: refuse}"));
        refused("whose start() failed: java.lang.IllegalStateException: as it was told", entry("one", "refuse", "options: {start: throw}"));
    }

    private void refused(String why, String... entries) throws Exception {
        ConfigNode root = config(entries);
        assertThatThrownBy(() -> Extensions.load(root)).isInstanceOf(ConfigException.class).hasMessageContaining(why);
    }

    @Test
    void aJarThatCannotBeUsedIsRefusedWithItsFileAndTheReason() throws Exception {
        Path jars = folder.resolve("plugins.d");
        String jar = jars.resolve("obedient.jar").toString();
        Files.createDirectories(jars);
        refused(jar + ", which is not there", entry("one", "refuse"));
        Files.writeString(jars.resolve("obedient.jar"), "no jar");
        refused(jar + ", which is no jar; allowed", entry("one", "refuse"));
        Files.write(jars.resolve("obedient.jar"), Arrays.copyOf(Files.readAllBytes(ExtensionJar.obedient(folder.resolve("whole.jar"))), 2_000));
        refused(jar + ", which is no jar; allowed", entry("one", "refuse"));
        ExtensionJar.write(jars.resolve("obedient.jar"), null, ObedientExtension.class);
        refused(jar + ", which has no META-INF/services/im.chancery.core.extension.Extension that names a class", entry("one", "refuse"));
        ExtensionJar.write(jars.resolve("obedient.jar"), "no.such.Thing", ObedientExtension.class);
        refused(jar + ", whose META-INF/services", entry("one", "refuse"));
        ExtensionJar.write(jars.resolve("obedient.jar"), "im.chancery.tests.contracts.ExtensionJar", ExtensionJar.class);
        refused(jar + ", whose META-INF/services", entry("one", "refuse"));
        ExtensionJar.obedient(jars.resolve("obedient.jar"));
        Files.setPosixFilePermissions(jars.resolve("obedient.jar"), PosixFilePermissions.fromString("rw-rw-rw-"));
        refused(jar + ", which everybody may write to", entry("one", "refuse"));
    }

    /** As {@code cp} does when somebody replaces it before a reload: in place, and of other contents. */
    @Test
    void whatRunsIsWhatWasReadAtItsStartWhateverBecomesOfTheFile() throws Exception {
        Path jar = folder.resolve("plugins.d/obedient.jar");
        ExtensionJar.write(jar, ObedientExtension.class.getName(), Map.of("words", "old"), ObedientExtension.class, ExtensionJar.class);
        String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar)));
        Extensions extensions = load(entry("one", "refuse"));

        ExtensionJar.write(jar, ObedientExtension.class.getName(), Map.of("words", "new", "more", "new"), ObedientExtension.class);
        assertThat(judged(extensions, "look im.chancery.tests.contracts.ExtensionJar", ALLOW).annotations()).as("a class it had not used before").containsEntry("one.sees", "yes");
        assertThat(judged(extensions, "read words", ALLOW).annotations()).containsEntry("one.read", "old");
        assertThat(judged(extensions, "read more", ALLOW).annotations()).containsEntry("one.read", "nothing");
        Files.delete(jar);
        assertThat(judged(extensions, "read words", ALLOW).annotations()).containsEntry("one.read", "old");
        assertThat(extensions.jars()).containsOnly(Map.entry("one", hash));
    }

    /** A pipe gives its bytes once: whoever hashes one reading and runs another finds nothing to run. */
    @Test
    void whatIsHashedIsWhatRuns() throws Exception {
        Path jar = folder.resolve("plugins.d/obedient.jar");
        byte[] bytes = Files.readAllBytes(ExtensionJar.obedient(folder.resolve("other/obedient.jar")));
        Files.createDirectories(jar.getParent());
        assertThat(new ProcessBuilder("mkfifo", "-m", "600", jar.toString()).start().waitFor()).isZero();
        CompletableFuture<Extensions> loaded = CompletableFuture.supplyAsync(() -> {
            try {
                return load(entry("one", "refuse"));
            } catch (IOException | ConfigException e) {
                throw new IllegalStateException(e);
            }
        });
        Files.write(jar, bytes);
        Extensions extensions = loaded.get(30, TimeUnit.SECONDS);
        assertThat(extensions.jars()).containsOnly(Map.entry("one", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))));
        assertThat(judged(extensions, "annotate a word", ALLOW).annotations()).containsEntry("one.said", "a word");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lib/x.jar", "file:/tmp/x.jar"})
    void aJarThatWouldBringOthersIsRefused(String others) throws Exception {
        ExtensionJar.write(folder.resolve("plugins.d/obedient.jar"), ObedientExtension.class.getName(),
                Map.of("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nClass-Path: " + others + "\n"), ObedientExtension.class);
        refused("extensions.use[0].jar: found " + folder.resolve("plugins.d/obedient.jar") + ", whose manifest has Class-Path: " + others
                + "; allowed: a jar with one extension and all that it needs in it, which only its owner may change", entry("one", "refuse"));
    }

    @Test
    void aJarWhoseManifestCannotBeReadIsRefused() throws Exception {
        ExtensionJar.write(folder.resolve("plugins.d/obedient.jar"), ObedientExtension.class.getName(),
                Map.of("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nno header\n"), ObedientExtension.class);
        refused("obedient.jar, whose manifest can't be read: ", entry("one", "refuse"));
    }

    /** Java 17 takes what such an index names for part of the jar. */
    @Test
    void anIndexBringsNoOtherJars() throws Exception {
        ExtensionJar.write(folder.resolve("plugins.d/lib/other.jar"), null, Map.of("words", "of another jar"), ExtensionJar.class);
        ExtensionJar.write(folder.resolve("plugins.d/obedient.jar"), ObedientExtension.class.getName(), Map.of("META-INF/INDEX.LIST",
                "JarIndex-Version: 1.0\n\nobedient.jar\nim/chancery/tests/contracts\n\nlib/other.jar\nim/chancery/tests/contracts\nwords\n\n"), ObedientExtension.class);
        Extensions extensions = load(entry("one", "refuse"));
        assertThat(judged(extensions, "look im.chancery.tests.contracts.ExtensionJar", ALLOW).annotations()).containsEntry("one.sees", "no");
        assertThat(judged(extensions, "read words", ALLOW).annotations()).containsEntry("one.read", "nothing");
    }

    /** Libraries that a jar brings along may need any of it. */
    @Test
    void aJarHasAllThatJavaKnowsOfJars() throws Exception {
        ExtensionJar.write(folder.resolve("plugins.d/obedient.jar"), ObedientExtension.class.getName(),
                new TreeMap<>(Map.of("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nMulti-Release: true\nImplementation-Version: 7.1\nClass-Path: \n",
                        "META-INF/versions/17/words", "for 17", "META-INF/versions/99/words", "for 99", "words", "for all", "a b/%41?#ü", "odd")), ObedientExtension.class);
        Extensions extensions = load(entry("one", "refuse"));
        assertThat(judged(extensions, "read words", ALLOW).annotations()).containsEntry("one.read", "for 17");
        assertThat(judged(extensions, "read a b/%41?#ü", ALLOW).annotations()).containsEntry("one.read", "odd");
        assertThat(judged(extensions, "version", ALLOW).annotations()).containsEntry("one.version", "7.1");
        assertThat(judged(extensions, "loader", ALLOW).annotations()).containsEntry("one.loader", "own");
    }

    @Test
    void aJarThatNobodyNamesIsRefused() throws Exception {
        ConfigNode root = config(entry("one", "refuse"));
        Path stranger = ExtensionJar.obedient(folder.resolve("plugins.d/stranger.jar"));
        assertThatThrownBy(() -> Extensions.load(root)).isInstanceOf(ConfigException.class).hasMessageContaining("no entry for " + stranger);
        ConfigNode without = ConfigReader.read(TestConfig.in(folder).write());
        assertThatThrownBy(() -> Extensions.load(without)).isInstanceOf(ConfigException.class).hasMessageContaining("no entry for " + stranger);
    }

    @Test
    void whatAFileSaysOfThemIsCheckedWithoutTheJars() {
        assertThatThrownBy(() -> config(entry("one", "refuse"), entry("one", "refuse"))).isInstanceOf(ConfigException.class)
                .hasMessageContaining("extensions.use[1].name: found extension name 'one' a second time");
        assertThatThrownBy(() -> config(entry("one", "refuse", "deadline: 5 s") + "}\nedge: {deadline: 5 s")).isInstanceOf(ConfigException.class)
                .hasMessageContaining("extensions.use[0].deadline: found '5 s'; allowed: less than edge.deadline");
        assertThatThrownBy(() -> config(entry("one", "refuse", "kinds: []"))).isInstanceOf(ConfigException.class)
                .hasMessageContaining("extensions.use[0].kinds: found no kind");
        assertThatThrownBy(() -> config(entry("one", "refuse", "jar: ../outside.jar").replace("jar: obedient.jar, ", ""))).isInstanceOf(ConfigException.class)
                .hasMessageContaining("extensions.use[0].jar");
    }

    @Test
    void eachEntryHasAnInstanceThatIsClosed() throws Exception {
        int before = Integer.getInteger(ObedientExtension.CLOSED, 0);
        Extensions extensions = load(entry("one", "refuse"), entry("two", "refuse"));
        extensions.close();
        extensions.close(); // as the engine does, for those of the config in force
        assertThat(Integer.getInteger(ObedientExtension.CLOSED)).isEqualTo(before + 2);
    }

    @Test
    void aQuestionForWhichThereIsNoThreadIsAnswered() {
        ScheduledThreadPoolExecutor noThreads = new ScheduledThreadPoolExecutor(1, task -> {
            throw new InternalError("unable to create native thread");
        });
        assertThat(askOne(submission -> Opinion.none(), noThreads).join().failure()).isEqualTo(Answer.Failure.BUSY);
    }

    /** Where the log is to have all of it, it has to be read. */
    @Test
    void whatThrowsWhatCanNotBeLoggedHasFailedAllTheSame() throws Exception {
        Logger log = (Logger) LoggerFactory.getLogger(RunningExtension.class);
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
        log.setLevel(Level.DEBUG);
        try {
            assertThat(askOne(submission -> {
                throw new IllegalStateException() {
                    @Override
                    public String getMessage() {
                        throw new IllegalStateException("there is none");
                    }
                };
            }, timer).get(30, TimeUnit.SECONDS).failure()).isEqualTo(Answer.Failure.THREW);
        } finally {
            log.setLevel(null);
            timer.shutdownNow();
        }
    }

    private CompletableFuture<Answer> askOne(Extension extension, ScheduledThreadPoolExecutor timer) {
        ExtensionOptions options = new ExtensionOptions("alone", null, folder, false, Duration.ofSeconds(20), 1, Set.of(StanzaKind.MESSAGE), null);
        return new RunningExtension(options, extension, null, timer).ask(TestExchanges.message("ada@localhost/a", "emma@localhost", "hi"), ALLOW);
    }
}
