package im.chancery.engine.edge;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

/** A host that serves some domains and has rooms, whose occupants come and go when the test says so. */
final class TestHost implements EdgeHost {
    private final Map<String, String> domains;
    private final Map<BareJid, Map<String, BareJid>> rooms = new ConcurrentHashMap<>();
    private final Map<String, BareJid> authors = new ConcurrentHashMap<>();
    private volatile boolean isSilent;
    private volatile Runnable onOccupants = () -> { };

    /** {@code domains}: to each what it is, {@code rooms} where it is a room service, {@code component} where it is another of the server's own, {@code external} where others run it. */
    TestHost(Map<String, String> domains) {
        this.domains = Map.copyOf(domains);
    }

    static TestHost withRooms() {
        return new TestHost(Map.of("example.test", "people", "rooms.example.test", "rooms", "pubsub.example.test", "component"));
    }

    /** Somebody is in a room under this nickname from now on; nobody if {@code who} is {@code null}. */
    void occupy(String room, String nickname, String who) {
        rooms.compute(JidCreate.bareFromOrThrowUnchecked(room), (r, before) -> {
            Map<String, BareJid> now = before == null ? new HashMap<>() : new HashMap<>(before);
            now.remove(nickname);
            if (who != null) {
                now.put(nickname, JidCreate.bareFromOrThrowUnchecked(who));
            }
            return now;
        });
    }

    /** A room keeps something by this id that somebody has said. */
    void keep(String room, String id, String who) {
        authors.put(room + " " + id, JidCreate.bareFromOrThrowUnchecked(who));
    }

    /** Can't tell from now on who has said what. */
    void failsToTell() {
        isSilent = true;
    }

    /** Runs this each time somebody asks who is in a room. */
    void onOccupants(Runnable run) {
        onOccupants = run;
    }

    @Override
    public boolean isService(Jid address) {
        return address.getLocalpartOrNull() != null && address.getLocalpartOrNull().toString().equals("service") && serves(address.getDomain().toString());
    }

    @Override
    public boolean serves(String domain) {
        return domains.containsKey(domain);
    }

    @Override
    public boolean isOwn(String domain) {
        return "people".equals(domains.get(domain));
    }

    @Override
    public boolean isRoomService(String domain) {
        return "rooms".equals(domains.get(domain));
    }

    @Override
    public boolean isComponent(String domain) {
        return "component".equals(domains.get(domain)) || isRoomService(domain);
    }

    @Override
    public Set<BareJid> occupants(BareJid room) {
        onOccupants.run();
        return Set.copyOf(rooms.getOrDefault(room, Map.of()).values());
    }

    @Override
    public Optional<BareJid> realAddress(Jid occupant) {
        return Optional.ofNullable(rooms.getOrDefault(occupant.asBareJid(), Map.of()).get(occupant.getResourceOrEmpty().toString()));
    }

    @Override
    public Optional<BareJid> author(BareJid room, String id) {
        if (isSilent) {
            throw new IllegalStateException("the store is away");
        }
        return Optional.ofNullable(authors.get(room + " " + id));
    }
}
