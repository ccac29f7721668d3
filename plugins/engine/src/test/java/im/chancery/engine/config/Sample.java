package im.chancery.engine.config;

import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.PluginDescriptor;
import java.time.Duration;
import java.util.List;

/** A descriptor with an option of every type, so that these tests don't move with the modules. */
final class Sample {
    static final PluginDescriptor DESCRIPTOR = new PluginDescriptor("sample", "One option of each type.", List.of(
            Option.of("id", Type.NAME, "A name.").must(),
            Option.of("text", Type.STRING, "Text."),
            Option.of("count", Type.INTEGER, "A number.").between(1, 10).or("3"),
            Option.of("flag", Type.BOOLEAN, "A truth.").or("false"),
            Option.choice("colour", "A colour.", "red", "green", "blue").or("red"),
            Option.of("keep", Type.PERIOD, "A period.").or("90 days"),
            Option.of("wait", Type.DURATION, "A time span.").between(Duration.ofMillis(100), Duration.ofMinutes(1)).or("5 s"),
            Option.of("held", Type.SIZE, "A size.").between(1 << 10, 1 << 30).or("64 MiB"),
            Option.of("who", Type.JID, "An address."),
            Option.of("where", Type.DOMAIN, "A domain."),
            Option.of("folder", Type.PATH, "A folder."),
            Option.of("password-file", Type.SECRET, "A secret."),
            Option.map("store", "A map.",
                    Option.of("url", Type.STRING, "A text.").must(),
                    Option.of("user", Type.STRING, "A text.")),
            Option.table("roles", "A table.",
                    Option.map("*", "An entry.", Option.list("inherits", "Names.", Option.of("*", Type.NAME, "A name.")))),
            Option.list("walls", "A list of maps.",
                    Option.map("*", "An item.",
                            Option.of("from", Type.NAME, "A name.").must(),
                            Option.of("kept", Type.PERIOD, "A period.")))));

    /** A file that uses every option. */
    static final String VALID = """
            # A comment: with "signs" in it
            id: sample
            text: "03:00"
            count: 7
            flag: true
            colour: green
            keep: 7 years
            wait: 5 s
            held: 64 MiB
            who: ann@example.org
            where: example.org
            folder: /var/lib/x
            password-file: env:PASSWORD
            store: {url: 'jdbc:x', user: me}
            roles:
              clerk: {}
              head: {inherits: [clerk, other]}
            walls:
              - from: a
                kept: 90 days
              - {from: b}
            """;

    private Sample() {
    }
}
