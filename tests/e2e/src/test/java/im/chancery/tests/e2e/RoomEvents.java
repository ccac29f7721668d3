package im.chancery.tests.e2e;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.jivesoftware.smackx.muc.ParticipantStatusListener;
import org.jivesoftware.smackx.muc.UserStatusListener;
import org.jxmpp.jid.EntityFullJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.parts.Resourcepart;

/** What Smack makes of a room's presence, in a few words each: about occupants by their nicknames, and about oneself. */
final class RoomEvents implements ParticipantStatusListener, UserStatusListener {
    private final List<String> events = new CopyOnWriteArrayList<>();

    private RoomEvents() {
    }

    /** From now on. */
    static RoomEvents of(MultiUserChat room) {
        RoomEvents events = new RoomEvents();
        room.addParticipantStatusListener(events);
        room.addUserStatusListener(events);
        return events;
    }

    /** Waits until this is there; gives all that there are. */
    List<String> await(String event) {
        Deadline.await(event, GatedServer.LIMIT, () -> events.contains(event));
        return List.copyOf(events);
    }

    @Override
    public void joined(EntityFullJid who) {
        events.add(who.getResourcepart() + " joined");
    }

    @Override
    public void left(EntityFullJid who) {
        events.add(who.getResourcepart() + " left");
    }

    @Override
    public void kicked(EntityFullJid who, Jid actor, String reason) {
        events.add(who.getResourcepart() + " was kicked: " + reason);
    }

    @Override
    public void kicked(Jid actor, String reason) {
        events.add("kicked: " + reason);
    }

    @Override
    public void nicknameChanged(EntityFullJid who, Resourcepart now) {
        events.add(who.getResourcepart() + " is " + now);
    }

    @Override
    public void roomDestroyed(MultiUserChat alternative, String reason) {
        events.add("destroyed: " + reason);
    }
}
