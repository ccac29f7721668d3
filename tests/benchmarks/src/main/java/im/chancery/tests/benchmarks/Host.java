package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.Certificates;
import im.chancery.tests.e2e.EngineProcess;
import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppServer;
import im.chancery.tests.e2e.XmppSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** The hosts that the benchmark compares. */
enum Host {
    PROSODY(XmppHost.PROSODY, "bare", "Prosody alone") {
        @Override
        Running start(int people) {
            return new Alone(XmppHost.PROSODY, setup(people));
        }
    },
    PROSODY_CHANCERY(XmppHost.PROSODY, "chancery", "Prosody with Chancery") {
        @Override
        Running start(int people) throws Exception {
            return GatedHost.start(XmppHost.PROSODY, setup(people), people);
        }
    },
    PROSODY_MAM(XmppHost.PROSODY, "mam", "Prosody with mod_mam on SQLite") {
        @Override
        Running start(int people) {
            return new Alone(XmppHost.PROSODY, setup(people).prosody(p -> p.modules("mam")
                    .global("storage = { archive = \"sql\" }", "sql = { driver = \"SQLite3\"; database = \"prosody.sqlite\" }",
                            "default_archive_policy = true"))) {
                /** Without its database driver mod_mam keeps nothing, and says so in the log only. Each message is kept for both sides. */
                @Override
                public Map<String, Double> kept(int messages) throws IOException {
                    Path database = server().home().resolve("data/prosody.sqlite");
                    long size = Files.exists(database) ? Files.size(database) : 0;
                    if (size < 2L * messages * SMALLEST_ROW) {
                        throw new IllegalStateException(messages + " messages have arrived, but mod_mam's database has " + size + " bytes; is"
                                + " lua-dbi-sqlite3 installed?");
                    }
                    return Map.of();
                }
            };
        }
    },
    TIGASE(XmppHost.TIGASE, "bare", "Tigase alone") {
        @Override
        Running start(int people) {
            return new Alone(XmppHost.TIGASE, setup(people));
        }
    },
    TIGASE_CHANCERY(XmppHost.TIGASE, "chancery", "Tigase with Chancery") {
        @Override
        Running start(int people) throws Exception {
            return GatedHost.start(XmppHost.TIGASE, setup(people), people);
        }
    },
    TIGASE_ARCHIVING(XmppHost.TIGASE, "archiving", "Tigase with its own message archiving") {
        @Override
        boolean isThere() {
            return Files.exists(ARCHIVING);
        }

        @Override
        Running start(int people) {
            // its default is to keep what clients ask it to
            return new ArchivingTigase(setup(people).tigase(t -> t.component(ARCHIVING)
                    .config("'sess-man' () {", "    'message-archive' () {", "        'required-store-method' = 'message'", "    }", "}")));
        }
    };

    /** Less than a stored message of the load has, bytes. */
    private static final int SMALLEST_ROW = 500;
    /** Where Maven leaves it if the local repository has it. */
    private static final Path ARCHIVING = EngineProcess.repository().resolve("tests/benchmarks/target/tigase/tigase-message-archiving.jar");
    /** Of all Tigases, with and without Chancery. */
    private static final String[] TIGASE_JAVA = {"-Xms512m", "-Xmx512m", "-XX:TieredStopAtLevel=4"};

    private final XmppHost server;
    private final String word;
    private final String label;

    Host(XmppHost server, String word, String label) {
        this.server = server;
        this.word = word;
        this.label = label;
    }

    /** All of one server, the bare one first. */
    static List<Host> of(XmppHost server) {
        return Arrays.stream(values()).filter(h -> h.server == server).toList();
    }

    /** The one of a server that the command line calls so. */
    static Host of(XmppHost server, String word) {
        return of(server).stream().filter(h -> h.word.equals(word.toLowerCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no " + word + "; it may be one of " + of(server).stream().map(h -> h.word).toList()));
    }

    String label() {
        return label;
    }

    /** Whether this machine has what it takes to start it. */
    boolean isThere() {
        return true;
    }

    /** Starts it with people {@code u0}, {@code u1}, … and returns once clients can connect. */
    abstract Running start(int people) throws Exception;

    /**
     * A server that takes clients without TLS, so that the load generator's cost stays small and equal for all. A Prosody collects
     * garbage as config/prosody says, which makes it faster with and without Chancery; each Tigase has the same Java.
     */
    static XmppSetup setup(int people) {
        return XmppSetup.of(XmppSetup.PLAIN_DOMAIN, new Certificates()).plain()
                .people(IntStream.range(0, people).mapToObj(i -> "u" + i).toArray(String[]::new))
                .prosody(p -> p.global("gc = { threshold = 200; speed = 2 }").logLevel("warn"))
                .tigase(t -> t.java(TIGASE_JAVA));
    }

    /** A host that runs. */
    interface Running extends AutoCloseable {
        XmppServer server();

        /** Name → process id. */
        Map<String, Long> processes();

        /**
         * What is to be said of its record after so many messages have arrived: measure → value. Called last.
         *
         * @throws IllegalStateException if what had to be recorded was not
         */
        Map<String, Double> kept(int messages) throws Exception;
    }

    /** A server without an engine. */
    static class Alone implements Running {
        private final XmppHost host;
        private final XmppServer server;

        Alone(XmppHost host, XmppSetup setup) {
            this.host = host;
            this.server = XmppServer.start(host, setup);
        }

        @Override
        public XmppServer server() {
            return server;
        }

        @Override
        public Map<String, Long> processes() {
            return Map.of(HostBenchmark.name(host), server.pid());
        }

        @Override
        public Map<String, Double> kept(int messages) throws IOException {
            return Map.of(); // it promises no record
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
