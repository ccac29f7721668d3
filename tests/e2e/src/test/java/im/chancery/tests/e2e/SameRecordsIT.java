package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One dialogue (tests/vectors/dialogue) with one list of what comes of it, which every host must equal: who gets what, the errors that senders read, and all
 * records with all their fields.
 */
class SameRecordsIT {
    private static final Path STEPS = EngineProcess.repository().resolve("tests/vectors/dialogue/steps.json");
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final String HOUSE = "house.test";
    private static final String PARTNER = "partner.test";
    private static final List<String> PEOPLE = List.of("ada@house.test", "boris@house.test", "clara@house.test", "dmitri@house.test", "emma@house.test",
            "nobody@house.test", "pat@partner.test", "sam@stranger.test");
    private static final String PARTNERS = "partners: [{domain: " + PARTNER + ", people: {departments: [research, office]}, reason: \"Not with partners.\"}]\n";

    /** A step as it went, and the attempts that came of it. */
    private record Played(ObjectNode step, List<JsonNode> attempts) {
    }

    private final Map<String, RawClient> clients = new HashMap<>();
    private Deployment chancery;
    private XmppServer partner;
    private final List<Played> steps = new ArrayList<>();
    private final Map<String, String> stanzaIds = new HashMap<>();
    private long last = -1;

    @AfterEach
    void stop() {
        clients.values().forEach(RawClient::close);
        if (partner != null) {
            partner.close();
        }
        if (chancery != null) {
            chancery.close();
        }
    }

    @Test
    void oneDialogueLeavesTheSameRecordsAndTheSameRefusalsOnEveryHost() throws IOException {
        Certificates authority = new Certificates();
        String partnerAddress = XmppServer.freeAddress().getHostAddress();
        chancery = Deployment.start(Deployment.Node.free("node1", HOUSE), authority, config -> config + PARTNERS,
                setup -> setup.openRooms().federatesWith(PARTNER, partnerAddress).prosody(prosody -> prosody.modules("vcard_legacy")));
        partner = XmppServer.start(XmppHost.PROSODY, XmppSetup.of(PARTNER, authority).people("pat").address(partnerAddress)
                .federatesWith(HOUSE, chancery.server().address().getHostAddress()));
        JsonNode expected = JsonMapper.shared().readTree(Files.readString(STEPS));
        for (JsonNode step : expected) {
            play(step);
        }
        assertThat(written(found())).isEqualTo(written(expected));
    }

    private void play(JsonNode step) {
        RawClient writer = client(AdminClient.text(step, "by"));
        clients.values().forEach(RawClient::forget);
        writer.write(AdminClient.text(step, "sends"));
        ObjectNode what = JsonMapper.shared().createObjectNode();
        step.properties().stream().filter(field -> !List.of("answer", "records").contains(field.getKey())).forEach(field -> what.set(field.getKey(), field.getValue()));
        if (step.has("reaches")) {
            step.get("reaches").properties().forEach(reached -> clients.get(reached.getKey()).await(reached.getValue().asString()));
        }
        if (step.has("answer")) {
            what.set("answer", answer(writer, id(step)));
            clients.values().stream().filter(other -> other != writer).forEach(other -> assertThat(other.settled()).doesNotContain("id='" + id(step) + "'"));
        }
        writer.settled();
        steps.add(new Played(what, newAttempts(step.has("records") ? step.get("records").size() : 0)));
    }

    private static String id(JsonNode step) {
        return SameXml.stanzas(AdminClient.text(step, "sends")).get(0).getAttribute("id");
    }

    private RawClient client(String localpart) {
        return clients.computeIfAbsent(localpart, name -> RawClient.login(name.equals("pat") ? partner : chancery.server(), name, "desk"));
    }

    /** The error that answers a stanza: where it comes from, and what it says (RFC 6120, section 8.3). */
    private static ObjectNode answer(RawClient writer, String id) {
        Element answer = Deadline.awaitValue("an error of " + id, LIMIT, () -> SameXml.stanzas(writer.received()).stream()
                .filter(s -> s.getAttribute("id").equals(id) && s.getAttribute("type").equals("error")).findFirst());
        Element error = (Element) answer.getElementsByTagName("error").item(0);
        ObjectNode read = JsonMapper.shared().createObjectNode().put("stanza", answer.getLocalName()).put("from", answer.getAttribute("from"))
                .put("type", error.getAttribute("type"));
        for (Element child : SameXml.elements(error.getChildNodes())) {
            read.put(child.getLocalName().equals("text") ? "text" : "condition", child.getLocalName().equals("text") ? child.getTextContent() : child.getLocalName());
        }
        return read;
    }

    /** The attempts that are new, once each has its outcome. */
    private List<JsonNode> newAttempts(int atLeast) {
        List<JsonNode> attempts = Deadline.awaitValue("records with outcomes", LIMIT, () -> {
            List<JsonNode> all = chancery.admin().attempts(last);
            return all.size() >= atLeast && all.stream().allMatch(a -> AdminClient.text(a, "outcome") != null) ? Optional.of(all) : Optional.empty();
        });
        for (JsonNode attempt : attempts) {
            last = Long.parseLong(AdminClient.text(attempt, "id").replaceFirst(".*/", ""));
            stanzaIds.put(AdminClient.text(attempt, "id"), AdminClient.text(attempt, "stanzaId"));
        }
        return attempts;
    }

    /** What came of all steps, written like the file. */
    private ArrayNode found() {
        Map<String, List<String>> people = new HashMap<>();
        for (String person : PEOPLE) {
            chancery.admin().attemptsWith(person).forEach(a -> people.computeIfAbsent(AdminClient.text(a, "id"), id -> new ArrayList<>()).add(person));
        }
        ArrayNode all = JsonMapper.shared().createArrayNode();
        for (Played played : steps) {
            all.add(played.step());
            if (!played.attempts().isEmpty()) {
                ArrayNode records = played.step().putArray("records");
                played.attempts().forEach(attempt -> records.add(comparable(AdminClient.text(attempt, "id"), people)));
            }
        }
        return all;
    }

    /** A record without what differs from run to run: its place in its node's log, its time, the day in its bucket's name, what its room calls it. */
    private ObjectNode comparable(String id, Map<String, List<String>> people) {
        ObjectNode record = (ObjectNode) chancery.admin().record(id).get("record");
        assertThat(record.properties().stream().map(Map.Entry::getKey)).contains("id", "capturedAt", "bucket");
        record.remove(List.of("id", "capturedAt", "assignedId"));
        record.put("bucket", AdminClient.text(record, "bucket").replaceFirst("/.*", ""));
        if (record.has("resendOf")) {
            record.put("resendOf", stanzaIds.get(AdminClient.text(record, "resendOf")));
        }
        record.path("links").forEach(link -> ((ObjectNode) link).put("to", stanzaIds.get(AdminClient.text(link, "to"))));
        ArrayNode found = record.putArray("people");
        people.getOrDefault(id, List.of()).forEach(found::add);
        return record;
    }

    private static String written(JsonNode steps) {
        steps.forEach(step -> step.path("records").forEach(record ->
                ((ObjectNode) record).put("stanza", SameXml.of(AdminClient.text(record, "stanza")))));
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(steps);
    }
}
