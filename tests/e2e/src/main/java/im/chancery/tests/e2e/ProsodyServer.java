package im.chancery.tests.e2e;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A Prosody, as an unprivileged user, who owns its {@link #home}. */
public final class ProsodyServer extends XmppServer {
    static final String SYSTEM_USER = "prosody";

    ProsodyServer(XmppSetup setup) throws IOException {
        super(XmppHost.PROSODY, setup);
    }

    private static void requireProsody() {
        boolean there = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "prosody")));
        if (!there) {
            throw new AssertionError("there is no prosody on the PATH; these tests need Prosody 0.12, which scripts/test installs");
        }
    }

    @Override
    List<String> command() {
        List<String> command = new ArrayList<>(asUser());
        command.addAll(List.of("prosody", "--config", home().resolve("prosody.cfg.lua").toString(), "-F"));
        return command;
    }

    @Override
    String loginOf(String bareJid) {
        return "Authenticated as " + bareJid;
    }

    @Override
    public URI bosh() {
        return URI.create("http://" + address().getHostAddress() + ":" + BOSH_PORT + "/http-bind");
    }

    @Override
    public URI webSocket() {
        return URI.create("ws://" + address().getHostAddress() + ":" + BOSH_PORT + "/xmpp-websocket");
    }

    @Override
    void writeFiles() throws IOException {
        requireProsody();
        setup().engine.ifPresent(config -> setup().prosody.engine(config.resolveSibling("link/engine.sock")));
        Files.createDirectories(home().resolve("certs"));
        certificates().writeAuthority(home().resolve("authority.crt"));
        certificates().write(List.of(domain(), roomDomain(), XmppSetup.pubsubDomain(domain())), home().resolve("server.crt"), home().resolve("server.key"));
        Files.writeString(home().resolve("hosts"), setup().hosts());
        Path accounts = Files.createDirectories(home().resolve("data").resolve(storeName(domain())).resolve("accounts"));
        for (String person : setup().people) {
            // mod_auth_internal_hashed takes a plain password and replaces it by its hash on first use
            Files.writeString(accounts.resolve(storeName(person) + ".dat"),
                    "return { [\"password\"] = " + ProsodySetup.quoted(XmppSetup.PASSWORD) + "; };\n");
        }
        setup().prosody.copyModules(home());
        Files.writeString(home().resolve("prosody.cfg.lua"), setup().prosody.config(setup(), address().getHostAddress(), home()));
        giveAway(home());
    }

    /** Prosody's datamanager escapes all but letters and digits as {@code %xx}. */
    private static String storeName(String name) {
        StringBuilder text = new StringBuilder();
        for (char c : name.toCharArray()) {
            text.append(c < 128 && Character.isLetterOrDigit(c) ? String.valueOf(c) : String.format("%%%02x", (int) c));
        }
        return text.toString();
    }

    /** Lets the user that Prosody runs as own a folder and all in it; does nothing where the tests don't run as root. */
    public static void giveAway(Path folder) throws IOException {
        if (!isRoot()) {
            return;
        }
        UserPrincipal owner = folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(SYSTEM_USER);
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                Files.setOwner(path, owner);
            }
        }
    }

    /** The command's beginning that makes it run unprivileged: Prosody misbehaves as root. */
    private static List<String> asUser() {
        return isRoot()
                ? List.of("setpriv", "--reuid=" + SYSTEM_USER, "--regid=" + SYSTEM_USER, "--init-groups", "--")
                : List.of();
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
