package im.chancery.core;

import java.util.Objects;
import org.jxmpp.jid.EntityFullJid;

/**
 * The newest presence of one resource, as its host has broadcast it (RFC 6121, section 4).
 *
 * @param who       the resource's full address
 * @param available false once it is gone
 * @param show      {@code away}, {@code chat}, {@code dnd}, {@code xa}, or {@code ""} (RFC 6121, section 4.7.2.1)
 * @param priority  -128 to 127 (RFC 6121, section 4.7.2.3)
 */
public record PresenceChange(EntityFullJid who, boolean available, String show, int priority) {
    public PresenceChange {
        Objects.requireNonNull(who, "who");
        Objects.requireNonNull(show, "show");
        if (priority < -128 || priority > 127) {
            throw new IllegalArgumentException("presence priority is -128 to 127, found " + priority);
        }
    }
}
