package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.tests.e2e.TrafficTable.Cell;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Every kind of traffic, in every direction, allowed and refused, to somebody online, offline and in a room: recorded once as what it is, with its decision and outcome, and
 * seen by its recipient or not. The cells come from {@link TrafficTable}.
 */
class TrafficIT {
    @AutoClose
    private static TrafficHouse house;

    private final Map<String, SmackClient> clients = new HashMap<>();
    private final List<String> findings = new ArrayList<>();

    @BeforeAll
    static void start() {
        house = TrafficHouse.start();
    }

    @Test
    void everyCellOfTheTableIsRecordedAsWhatItIs() {
        List<Cell> cells = new TrafficTable().cells();
        try {
            List.of("ada", "boris", "frank", "gina", "pat").forEach(who -> clients.put(who, house.login(who)));
            enterRooms();
            cells.forEach(this::send);
            checkRecords(cells);
            checkReceived(cells);
        } finally {
            clients.values().forEach(SmackClient::close);
        }
        assertThat(findings).isEmpty();
    }

    private void enterRooms() {
        String service = "@" + house.server().roomDomain();
        List.of("ada", "boris", "pat").forEach(who -> clients.get(who).enter("tea" + service, who));
        List.of("ada", "boris").forEach(who -> clients.get(who).enter(Deployment.LAB + service, who));
        List.of("pat", "ada").forEach(who -> clients.get(who).enter("joint@conference." + TrafficHouse.PARTNER, who));
    }

    private void send(Cell cell) {
        SmackClient sender = clients.get(TrafficHouse.sender(cell));
        if (cell.stanza().contains("{fresh}") && cell.isAllowed() && cell.direction().equals("inbound")) {
            clients.get("ada").enter(TrafficHouse.freshRoom(cell), "ada");
        }
        cell.text("before").ifPresent(before -> {
            clients.get(TrafficHouse.recipient(cell)).write(filled(cell, before));
            sender.inbox().take("what " + cell.id() + " answers", stanza -> stanza.toXML().toString().contains(cell.id()));
        });
        cell.text("before-own").ifPresent(before -> {
            sender.write(filled(cell, before));
            sender.inbox().take("what comes before " + cell.id(), stanza -> stanza.toXML().toString().contains(TrafficHouse.freshRoom(cell)));
        });
        sender.write(filled(cell, cell.stanza()));
        sender.roundTrip();
    }

    private String filled(Cell cell, String xml) {
        String recipient = TrafficHouse.recipient(cell);
        String bare = TrafficHouse.address(recipient);
        String room = TrafficHouse.room(cell);
        String one = cell.isInRoom() ? room + "/" + recipient : cell.recipient().equals("online") ? bare + "/desk" : bare;
        return xml.replace("{id}", cell.id()).replace("{from}", clients.get(TrafficHouse.sender(cell)).jid().toString()).replace("{to}", cell.isInRoom() ? room : one)
                .replace("{bare}", bare).replace("{one}", one).replace("{room}", room).replace("{nick}", TrafficHouse.sender(cell))
                .replace("{fresh}", TrafficHouse.freshRoom(cell)).replace("{peer}", cell.direction().equals("outbound") ? TrafficHouse.address("pat") : TrafficHouse.address("boris"))
                .replace("{type}", cell.isInRoom() ? "groupchat" : "chat")
                .replace("{server}", cell.direction().equals("outbound") ? TrafficHouse.PARTNER : TrafficHouse.HOUSE);
    }

    private void checkRecords(List<Cell> cells) {
        try {
            Deadline.await("one record with an outcome for each cell", GatedServer.LIMIT, () -> {
                Map<Cell, List<JsonNode>> attempts = attempts(cells);
                return cells.stream().allMatch(cell -> attempts.get(cell).stream().anyMatch(attempt -> AdminClient.text(attempt, "outcome") != null));
            });
        } catch (AssertionError e) {
            findings.add(e.getMessage()); // which ones, is found below
        }
        attempts(cells).forEach(this::check);
    }

    /** The attempts that are a cell's: a goodbye has lost its id, and is known by its room. */
    private static Map<Cell, List<JsonNode>> attempts(List<Cell> cells) {
        List<JsonNode> all = house.admin().attempts();
        Map<Cell, List<JsonNode>> found = new LinkedHashMap<>();
        for (Cell cell : cells) {
            String sender = TrafficHouse.address(TrafficHouse.sender(cell)); // servers subscribe in bare addresses; a partner's room sends its copies in its own
            found.put(cell, all.stream().filter(attempt -> cell.kind().equals(AdminClient.text(attempt, "what")))
                    .filter(attempt -> List.of(sender, sender + "/desk").contains(AdminClient.text(attempt, "from")))
                    .filter(attempt -> cell.id().equals(AdminClient.text(attempt, "stanzaId"))
                            || cell.kind().equals("leave") && AdminClient.text(attempt, "to").startsWith(TrafficHouse.freshRoom(cell)))
                    .toList());
        }
        return found;
    }

    private void check(Cell cell, List<JsonNode> found) {
        if (found.size() != 1) {
            findings.add(cell.id() + " has " + found.size() + " records: " + found);
            return;
        }
        JsonNode attempt = found.get(0);
        boolean isDirect = !cell.isInRoom() || cell.direction().equals("outbound");
        boolean isToOne = cell.stanza().contains("{one}");
        expect(cell, attempt, "direction", cell.direction());
        expect(cell, attempt, "place", isDirect ? "direct" : isToOne ? "room_private" : "room");
        expect(cell, attempt, "effect", cell.isAllowed() ? "allow" : "refuse");
        expect(cell, attempt, "outcome", cell.isAllowed() ? "handed_on" : "bounced");
        List<String> files = attempt.path("files").valueStream().map(JsonNode::asString).toList();
        if (!files.equals(cell.text("file").map(file -> filled(cell, file)).stream().toList())) {
            findings.add(cell.id() + " says it is about the files " + files);
        }
        if (attempt.has("unreadable") != cell.kind().equals("encrypted")) {
            findings.add(cell.id() + " says what can't be read: " + attempt.get("unreadable"));
        }
    }

    private void expect(Cell cell, JsonNode attempt, String field, String value) {
        if (!value.equals(AdminClient.text(attempt, field))) {
            findings.add(cell.id() + ": " + field + " is " + attempt.get(field) + ", not " + value);
        }
    }

    private void checkReceived(List<Cell> cells) {
        List<Cell> seen = cells.stream().filter(cell -> cell.isAllowed() && !cell.recipient().equals("offline") && cell.unseen().isEmpty()).toList();
        try {
            Deadline.await("everything at its recipients", GatedServer.LIMIT, () -> missing(seen).isEmpty());
        } catch (AssertionError e) {
            missing(seen).forEach(cell -> findings.add(cell.id() + " has not reached " + TrafficHouse.recipient(cell)));
        }
        clients.values().forEach(SmackClient::roundTrip);
        Map<String, String> received = received();
        cells.stream().filter(cell -> !cell.isAllowed() && received.getOrDefault(TrafficHouse.recipient(cell), "").contains(token(cell)))
                .forEach(cell -> findings.add(cell.id() + " has reached " + TrafficHouse.recipient(cell)));
    }

    private List<Cell> missing(List<Cell> cells) {
        Map<String, String> received = received();
        return cells.stream().filter(cell -> !received.get(TrafficHouse.recipient(cell)).contains(token(cell))).toList();
    }

    private String token(Cell cell) {
        return cell.text("token").map(token -> filled(cell, token)).orElse(cell.id());
    }

    private Map<String, String> received() {
        Map<String, String> received = new HashMap<>();
        clients.forEach((who, client) -> received.put(who, client.inbox().containing("").stream().map(stanza -> stanza.toXML().toString()).collect(Collectors.joining("\n"))));
        return received;
    }
}
