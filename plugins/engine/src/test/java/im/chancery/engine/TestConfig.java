package im.chancery.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A small organisation's config file in a folder: research may not reach trading. Every port is a free one. */
public final class TestConfig {
    private final Path folder;
    private String more = "";

    private TestConfig(Path folder) {
        this.folder = folder;
    }

    public static TestConfig in(Path folder) {
        return new TestConfig(folder);
    }

    /** Adds top-level options. */
    public TestConfig with(String options) {
        more += options + "\n";
        return this;
    }

    /** The tokens file that the config names. */
    public static Path tokens(Path folder) {
        return folder.resolve("tokens");
    }

    /** Writes the files and returns the config file. */
    public Path write() throws IOException {
        Path password = folder.resolve("password");
        Files.writeString(password, "correct horse battery staple");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        return Files.writeString(folder.resolve("chancery.yaml"), """
                node: {name: node1, data: data, keys: keys, keystore-password-file: password}
                domains: {served: [localhost], services: [rooms.localhost]}
                admin: {listen: "127.0.0.1:0", tokens: tokens}
                departments: [research, trading, office]
                roles: {employee: {}}
                people:
                  - {jid: ada@localhost, department: research, roles: [employee]}
                  - {jid: boris@localhost, department: research, roles: [employee]}
                  - {jid: clara@localhost, department: trading, roles: [employee]}
                  - {jid: emma@localhost, department: office, roles: [employee]}
                barriers:
                  - {name: wall, from: {departments: [research]}, to: {departments: [trading]}, reason: Research may not reach Trading.}
                retention:
                  classes:
                    - {name: trade, period: 7 years, match: {departments: [trading]}}
                    - {name: default, period: 90 days}
                    - {name: audit, period: 10 years}
                """ + more);
    }
}
