package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jivesoftware.smack.packet.IQ;

/**
 * A house and a partner that federate, each with a room service, and rules in each direction: frank reaches nobody, but can be reached; nobody of the
 * partner's reaches gina and hugo, who can reach them; the lab is for research only. For one thread.
 */
final class TrafficHouse implements AutoCloseable {
    static final String HOUSE = "house.test";
    static final String PARTNER = "partner.test";

    private final Deployment house;
    private final XmppServer partner;

    private TrafficHouse(Deployment house, XmppServer partner) {
        this.house = house;
        this.partner = partner;
    }

    static TrafficHouse start() {
        Certificates authority = new Certificates();
        try {
            Deployment.Node node = Deployment.Node.free("node1", HOUSE);
            String partnerAddress = XmppServer.freeAddress().getHostAddress();
            Deployment house = Deployment.start(node, authority, TrafficHouse::config, setup -> setup.people("frank", "gina", "hugo").openRooms()
                    .federatesWith(PARTNER, partnerAddress).prosody(p -> p.modules("vcard_legacy")));
            try {
                return new TrafficHouse(house, XmppServer.start(XmppSetup.of(PARTNER, authority).people("pat", "quinn").openRooms().address(partnerAddress)
                        .federatesWith(HOUSE, node.address())));
            } catch (RuntimeException | Error e) {
                house.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String config(String config) {
        return config.replace("departments: [research, trading, office]", "departments: [research, trading, office, silent, deaf]")
                .replace("people:\n", """
                        people:
                          - {jid: frank@house.test, department: silent}
                          - {jid: gina@house.test, department: deaf}
                          - {jid: hugo@house.test, department: deaf}
                        """)
                .replace("barriers:\n", """
                        barriers:
                          - {name: silence, from: {departments: [silent]}, to: {departments: [research, office], domains: [partner.test, conference.partner.test]}, both-ways: false, reason: Silence.}
                          - {name: deafness, from: {domains: [partner.test, conference.partner.test]}, to: {departments: [deaf]}, both-ways: false, reason: Nobody hears.}
                        """)
                .replace("rooms:\n", """
                        partners: [{domain: partner.test}, {domain: conference.partner.test}]
                        rooms:
                        """);
    }

    AdminClient admin() {
        return house.admin();
    }

    XmppServer server() {
        return house.server();
    }

    /** Logs somebody in, at the house or the partner. Whoever asks them something unknown gets no answer. */
    SmackClient login(String localpart) {
        return SmackClient.loginToWrite(List.of("pat", "quinn").contains(localpart) ? partner : house.server(), localpart, "desk")
                .keeping("query", "urn:test", IQ.Type.get).keeping("jingle", "urn:xmpp:jingle:1", IQ.Type.set).keeping("data", "http://jabber.org/protocol/ibb", IQ.Type.set);
    }

    /** Who sends the stanza of a cell. */
    static String sender(TrafficTable.Cell cell) {
        return cell.direction().equals("inbound") ? "pat" : cell.isAllowed() ? "ada" : "frank";
    }

    /** Who would get it; offline nobody is logged in as they. */
    static String recipient(TrafficTable.Cell cell) {
        boolean isOnline = !cell.recipient().equals("offline");
        return switch (cell.direction()) {
            case "local" -> isOnline ? "boris" : "emma";
            case "outbound" -> isOnline ? "pat" : "quinn";
            default -> cell.isInRoom() ? "boris" : cell.isAllowed() ? isOnline ? "ada" : "emma" : isOnline ? "gina" : "hugo";
        };
    }

    /** The bare address of somebody. */
    static String address(String localpart) {
        return localpart + "@" + (List.of("pat", "quinn").contains(localpart) ? PARTNER : HOUSE);
    }

    /** The room of a cell; the lab where the house refuses. */
    static String room(TrafficTable.Cell cell) {
        return cell.direction().equals("outbound") ? "joint@conference." + PARTNER : (cell.isAllowed() ? "tea" : Deployment.LAB) + "@conference." + HOUSE;
    }

    /** A room of the cell's own; where it is refused, the one that there is. */
    static String freshRoom(TrafficTable.Cell cell) {
        String room = room(cell);
        return cell.isAllowed() ? cell.kind() + "-" + cell.direction() + room.substring(room.indexOf('@')) : room;
    }

    @Override
    public void close() {
        partner.close();
        house.close();
    }
}
