package im.chancery.host.tigase;

import java.util.Set;
import tigase.server.Packet;

/** Reads show and priority of a presence (RFC 6121, sections 4.7.2.1 and 4.7.2.3). */
final class Presences {
    private static final Set<String> SHOWS = Set.of("away", "chat", "dnd", "xa");

    private Presences() {
    }

    static String show(Packet presence) {
        String show = presence.getElement().getCData(new String[] {"presence", "show"});
        return show != null && SHOWS.contains(show.strip()) ? show.strip() : "";
    }

    static int priority(Packet presence) {
        String priority = presence.getElement().getCData(new String[] {"presence", "priority"});
        try {
            return priority == null ? 0 : Math.max(-128, Math.min(127, Integer.parseInt(priority.strip())));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
