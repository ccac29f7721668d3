package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.Certificates;
import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppServer;
import im.chancery.tests.e2e.XmppSetup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;

/** The hosts that the benchmark compares. */
enum Host {
    BARE("Prosody alone") {
        @Override
        Running start(int people) {
            return new Alone(XmppServer.start(XmppHost.PROSODY, setup(people)));
        }
    },
    CHANCERY("Prosody with Chancery") {
        @Override
        Running start(int people) throws Exception {
            return GatedHost.start(people);
        }
    },
    MAM("Prosody with mod_mam on SQLite") {
        @Override
        Running start(int people) {
            return new Alone(XmppServer.start(XmppHost.PROSODY, setup(people).prosody(p -> p.modules("mam")
                    .global("storage = { archive = \"sql\" }", "sql = { driver = \"SQLite3\"; database = \"prosody.sqlite\" }",
                            "default_archive_policy = true")))) {
                /** Without its database driver mod_mam keeps nothing, and says so in the log only. Each message is kept for both sides. */
                @Override
                public void check(int messages) throws IOException {
                    Path database = prosody().home().resolve("data/prosody.sqlite");
                    long size = Files.exists(database) ? Files.size(database) : 0;
                    if (size < 2L * messages * SMALLEST_ROW) {
                        throw new IllegalStateException(messages + " messages have arrived, but mod_mam's database has " + size + " bytes; is"
                                + " lua-dbi-sqlite3 installed?");
                    }
                }
            };
        }
    };

    /** Less than a stored message of the load has, bytes. */
    private static final int SMALLEST_ROW = 500;

    private final String label;

    Host(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** Starts it with people {@code u0}, {@code u1}, … and returns once clients can connect. */
    abstract Running start(int people) throws Exception;

    /**
     * A Prosody that takes clients without TLS, so that the load generator's cost stays small and equal for all, and that
     * collects garbage as config/prosody says, which makes it faster with and without Chancery.
     */
    static XmppSetup setup(int people) {
        return XmppSetup.of("localhost", new Certificates())
                .people(IntStream.range(0, people).mapToObj(i -> "u" + i).toArray(String[]::new))
                .prosody(p -> p.global("c2s_require_encryption = false", "allow_unencrypted_plain_auth = true", "gc = { threshold = 200; speed = 10 }")
                        .logLevel("warn"));
    }

    /** A host that runs. */
    interface Running extends AutoCloseable {
        InetSocketAddress clients();

        String domain();

        /** Name → process id. */
        Map<String, Long> processes();

        /** Throws if what had to be recorded of so many messages was not. */
        void check(int messages) throws Exception;
    }

    /** A Prosody without an engine. */
    private static class Alone implements Running {
        private final XmppServer prosody;

        Alone(XmppServer prosody) {
            this.prosody = prosody;
        }

        XmppServer prosody() {
            return prosody;
        }

        @Override
        public InetSocketAddress clients() {
            return new InetSocketAddress(prosody.address(), XmppServer.CLIENT_PORT);
        }

        @Override
        public String domain() {
            return prosody.domain();
        }

        @Override
        public Map<String, Long> processes() {
            return Map.of("Prosody", prosody.pid());
        }

        @Override
        public void check(int messages) throws IOException {
            // Prosody alone promises no record.
        }

        @Override
        public void close() {
            prosody.close();
        }
    }
}
