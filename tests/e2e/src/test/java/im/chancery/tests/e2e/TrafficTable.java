package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The table of traffic (tests/vectors/traffic): what people send, in which cells it is tried, and why not in the others. Immutable. */
final class TrafficTable {
    static final Path FILE = Path.of("../vectors/traffic/traffic.json");
    static final List<String> DIRECTIONS = List.of("local", "outbound", "inbound");
    static final List<String> DECISIONS = List.of("allowed", "refused");
    static final List<String> RECIPIENTS = List.of("online", "offline", "room");

    private static final Set<String> CRITERIA = Set.of("form", "direction", "decision", "recipient", "why");

    private final JsonNode json;

    TrafficTable() {
        try {
            json = JsonMapper.shared().readTree(Files.readString(FILE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One thing that is tried: a form of a kind, from somebody to somebody. */
    record Cell(String kind, String form, String direction, String decision, String recipient, JsonNode written, Optional<String> unseen) {
        /** What it is called, in its stanza's id too. */
        String id() {
            return String.join(".", kind, form.replace(' ', '-'), direction, decision, recipient);
        }

        boolean isAllowed() {
            return decision.equals("allowed");
        }

        boolean isInRoom() {
            return recipient.equals("room");
        }

        /** The stanza before its placeholders are filled. */
        String stanza() {
            return isInRoom() && written.has("room") ? written.get("room").asString() : written.get("stanza").asString();
        }

        Optional<String> text(String field) {
            return Optional.ofNullable(written.get(field)).map(JsonNode::asString);
        }

        private boolean isMetBy(JsonNode criteria) {
            return Map.of("form", form, "direction", direction, "decision", decision, "recipient", recipient).entrySet().stream()
                    .allMatch(field -> !criteria.has(field.getKey()) || criteria.get(field.getKey()).asString().equals(field.getValue()));
        }
    }

    /** The kinds that have an entry. */
    Set<String> kinds() {
        return new LinkedHashSet<>(json.get("kinds").propertyNames());
    }

    private List<Cell> all(String kind) {
        JsonNode entry = json.get("kinds").get(kind);
        List<Cell> cells = new ArrayList<>();
        for (Map.Entry<String, JsonNode> form : entry.get("forms").properties()) {
            for (String direction : DIRECTIONS) {
                for (String decision : DECISIONS) {
                    for (String recipient : RECIPIENTS) {
                        Cell cell = new Cell(kind, form.getKey(), direction, decision, recipient, form.getValue(), Optional.empty());
                        cells.add(new Cell(kind, form.getKey(), direction, decision, recipient, form.getValue(), why(entry, "unseen", cell)));
                    }
                }
            }
        }
        return cells;
    }

    private static Optional<String> why(JsonNode entry, String field, Cell cell) {
        return entry.path(field).valueStream().filter(cell::isMetBy).map(reason -> reason.get("why").asString()).findFirst();
    }

    /** Why a cell isn't tried; empty where it is. */
    private Optional<String> whyNot(Cell cell) {
        return why(json.get("kinds").get(cell.kind()), "not", cell);
    }

    /** Reasons that say nothing, or are about something else than cells that there are. */
    List<String> wrongReasons() {
        return kinds().stream().flatMap(kind -> Stream.of("not", "unseen").flatMap(field -> json.get("kinds").get(kind).path(field).valueStream()
                .filter(reason -> reason.path("why").asString("").isBlank() || !CRITERIA.containsAll(reason.propertyNames()) || all(kind).stream().noneMatch(cell -> cell.isMetBy(reason)))
                .map(reason -> kind + ": " + reason))).toList();
    }

    /** All that is tried. */
    List<Cell> cells() {
        return kinds().stream().flatMap(kind -> all(kind).stream()).filter(cell -> whyNot(cell).isEmpty()).toList();
    }

    /** docs/traffic.md. */
    String page() {
        StringBuilder page = new StringBuilder("""
                # What is recorded

                Generated from `tests/vectors/traffic/traffic.json`, from which `TrafficIT` runs each cell on Prosody and on Tigase. Every kind of traffic is recorded before it
                is handed on, allowed or refused; `chancery record show` shows it with all that belongs to it. The name of a kind is the record's `what`. Cells name whom it
                is tried with: somebody who is online, or offline, or in a room.

                | kind | what it is | forms | | to a colleague | to a partner | from a partner |
                |---|---|---|---|---|---|---|
                """);
        for (String kind : kinds()) {
            for (String decision : DECISIONS) {
                boolean isFirst = decision.equals("allowed");
                page.append(isFirst ? "| `" + kind + "` | " + json.get("kinds").get(kind).get("says").asString() + " | "
                        + String.join(", ", json.get("kinds").get(kind).get("forms").propertyNames()) : "| | |").append(" | ").append(decision);
                for (String direction : DIRECTIONS) {
                    page.append(" | ").append(tried(kind, direction, decision));
                }
                page.append(" |\n");
            }
        }
        page.append("\n## What is left out, and why\n\n");
        for (String kind : kinds()) {
            reasons(kind, "not").forEach(reason -> page.append("- `").append(kind).append("`").append(reason).append('\n'));
        }
        page.append("\n## What is recorded and seen by nobody else\n\n");
        for (String kind : kinds()) {
            reasons(kind, "unseen").forEach(reason -> page.append("- `").append(kind).append("`").append(reason).append('\n'));
        }
        page.append("""

                ## Doors

                Ways by which content could pass without being seen, how each is shut, and the test that shows it.

                | door | how it is shut | shown by |
                |---|---|---|
                """);
        json.get("doors").forEach(door -> page.append("| ").append(door.get("door").asString()).append(" | ").append(door.get("shut").asString()).append(" | ")
                .append(shown(door).map(test -> "`" + test + "`").collect(Collectors.joining(", "))).append(" |\n"));
        return page.toString();
    }

    /** The tests that show the doors shut, as {@code Class#method}, both of this package. */
    Set<String> testsOfDoors() {
        return json.get("doors").valueStream().flatMap(TrafficTable::shown).collect(Collectors.toSet());
    }

    private static Stream<String> shown(JsonNode door) {
        return door.get("shown").valueStream().map(JsonNode::asString);
    }

    private String tried(String kind, String direction, String decision) {
        Set<String> recipients = all(kind).stream().filter(cell -> cell.direction().equals(direction) && cell.decision().equals(decision) && whyNot(cell).isEmpty())
                .map(Cell::recipient).collect(Collectors.toCollection(LinkedHashSet::new));
        return recipients.isEmpty() ? "–" : RECIPIENTS.stream().filter(recipients::contains).collect(Collectors.joining(", "));
    }

    private List<String> reasons(String kind, String field) {
        return json.get("kinds").get(kind).path(field).valueStream().map(reason -> {
            String where = reason.properties().stream().filter(p -> !p.getKey().equals("why")).map(p -> p.getValue().asString()).collect(Collectors.joining(", "));
            return (where.isEmpty() ? "" : ", " + where) + ": " + reason.get("why").asString();
        }).toList();
    }
}
