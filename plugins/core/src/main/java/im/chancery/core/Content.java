package im.chancery.core;

import java.util.Objects;
import java.util.Set;
import org.jxmpp.jid.BareJid;

/**
 * What a policy may look at of a stanza's content. The engine reads it; no host is asked.
 *
 * @param what       what the stanza is for
 * @param unreadable the protocols by which parts of it are encrypted end to end, such as {@code omemo}; empty where all can be read
 * @param authors    who has sent or published what it passes on, by its own account (XEP-0297; XEP-0060, section 7.1.2.3)
 */
public record Content(TrafficKind what, Set<String> unreadable, Set<BareJid> authors) {
    /** Of a stanza that says nothing, or that nobody has read. */
    public static final Content NOTHING = new Content(TrafficKind.MESSAGE, Set.of(), Set.of());

    public Content {
        Objects.requireNonNull(what, "what");
        unreadable = Set.copyOf(unreadable);
        authors = Set.copyOf(authors);
    }

    /** Whether all of it can be read by whoever has the stanza. */
    public boolean isReadable() {
        return unreadable.isEmpty();
    }
}
