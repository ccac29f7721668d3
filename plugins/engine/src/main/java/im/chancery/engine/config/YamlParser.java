package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Position;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;

/**
 * Reads one YAML 1.2 document into values with places. Built from the parser's events, and stricter than YAML: no anchors and
 * aliases (an error must be able to name the one place where a value stands, and nothing can grow), no tags, no second
 * document, no key twice, at most {@value #MAXIMUM_DEPTH} levels. Scalars are resolved by the core schema; what readers of
 * YAML are known to take differently ({@code 0123}, {@code 0x1F}, {@code 1.5}) is refused rather than guessed. For one file,
 * one thread.
 */
final class YamlParser {
    static final int MAXIMUM_DEPTH = 32;

    private static final ScalarResolver CORE = new CoreScalarResolver(false);
    private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]{0,17})");

    private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");
    private static final String NOT_YAML = "something that is not YAML";

    private final String file;
    /** The characters of each line. */
    private final int[] lengths;
    private final Iterator<Event> events;
    private Position last;

    private YamlParser(String file, int[] lengths, Iterator<Event> events) {
        this.file = file;
        this.lengths = lengths;
        this.events = events;
        this.last = new Position(file, 1, 1);
    }

    /** Parses a text; an empty one is nothing at 1:1. */
    static YamlValue parse(String file, String text) throws ConfigException {
        var settings = LoadSettings.builder().setLabel(file).setCodePointLimit(Integer.MAX_VALUE).build();
        int[] lengths = Arrays.stream(LINE_END.split(text, -1)).mapToInt(line -> line.codePointCount(0, line.length())).toArray();
        return new YamlParser(file, lengths, new Parse(settings).parseString(text).iterator()).document();
    }

    private YamlValue document() throws ConfigException {
        YamlValue value = new YamlValue(last, new YamlValue.Unusable("nothing"));
        int documents = 0;
        for (Event event = next(); event.getEventId() != Event.ID.StreamEnd; event = next()) {
            if (event.getEventId() == Event.ID.DocumentStart) {
                if (++documents > 1) {
                    throw refused(place(event), "a second document", "one document");
                }
                value = value(next(), 1);
            }
        }
        return value;
    }

    /** The next event. The parser lets a number that is too large ({@code "\\UFFFFFFFF"}) through as Java's own exception. */
    private Event next() throws ConfigException {
        try {
            Event event = events.next();
            last = place(event);
            return event;
        } catch (MarkedYamlEngineException e) {
            throw refused(e.getProblemMark().or(e::getContextMark).map(this::at).orElse(last),
                    NOT_YAML + " (" + e.getProblem() + ")", "YAML 1.2");
        } catch (YamlEngineException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw refused(last, NOT_YAML, "YAML 1.2");
        }
    }

    private YamlValue value(Event event, int depth) throws ConfigException {
        refuseExtras(event);
        if (depth > MAXIMUM_DEPTH) {
            throw refused(place(event), "more than " + MAXIMUM_DEPTH + " levels", "at most " + MAXIMUM_DEPTH + " levels");
        }
        if (event instanceof MappingStartEvent) {
            return map(place(event), depth);
        }
        if (event instanceof SequenceStartEvent) {
            return list(place(event), depth);
        }
        return new YamlValue(place(event), scalar((ScalarEvent) event));
    }

    private YamlValue map(Position start, int depth) throws ConfigException {
        Map<String, YamlValue.Entry> entries = new LinkedHashMap<>();
        for (Event event = next(); event.getEventId() != Event.ID.MappingEnd; event = next()) {
            refuseExtras(event);
            if (!(event instanceof ScalarEvent key)) {
                throw refused(place(event), "a list or map as a key", "a word as a key");
            }
            Position place = place(event);
            var before = entries.get(key.getValue());
            if (before != null) {
                throw refused(place, "the key " + YamlValue.quoted(key.getValue()) + " again, first in line " + before.key().line(),
                        "each key once");
            }
            entries.put(key.getValue(), new YamlValue.Entry(place, value(next(), depth + 1)));
        }
        return new YamlValue(start, entries);
    }

    private YamlValue list(Position start, int depth) throws ConfigException {
        List<YamlValue> items = new ArrayList<>();
        for (Event event = next(); event.getEventId() != Event.ID.SequenceEnd; event = next()) {
            items.add(value(event, depth + 1));
        }
        return new YamlValue(start, items);
    }

    private static Object scalar(ScalarEvent event) {
        String text = event.getValue();
        if (!event.isPlain()) {
            return text;
        }
        Tag tag = CORE.resolve(text, true);
        if (tag.equals(Tag.STR)) {
            return text;
        }
        if (tag.equals(Tag.BOOL)) {
            return Boolean.valueOf(text.toLowerCase(Locale.ROOT));
        }
        if (tag.equals(Tag.INT) && DECIMAL.matcher(text).matches()) {
            return Long.valueOf(text);
        }
        return new YamlValue.Unusable(tag.equals(Tag.NULL) ? "nothing"
                : tag.equals(Tag.INT) ? "the number " + text + ", not in plain decimal" : "the number " + text);
    }

    private void refuseExtras(Event event) throws ConfigException {
        if (event instanceof AliasEvent) {
            throw refused(place(event), "an alias", "the value itself");
        }
        if (event instanceof NodeEvent node) {
            Optional<Anchor> anchor = node.getAnchor();
            if (anchor.isPresent()) {
                throw refused(place(event), "an anchor", "no anchors and aliases");
            }
        }
        if (tag(event).isPresent()) {
            throw refused(place(event), "a tag", "no tags");
        }
    }

    private static Optional<String> tag(Event event) {
        if (event instanceof ScalarEvent scalar) {
            return scalar.getTag();
        }
        return event instanceof MappingStartEvent map ? map.getTag()
                : event instanceof SequenceStartEvent list ? list.getTag() : Optional.empty();
    }

    private Position place(Event event) {
        return event.getStartMark().map(this::at).orElse(last);
    }

    /** A mark's place in the file; the parser counts one column too many at the end of a file without a last line end. */
    private Position at(Mark mark) {
        int line = Math.min(mark.getLine(), lengths.length - 1);
        return new Position(file, line + 1, Math.min(mark.getColumn(), lengths[line]) + 1);
    }

    private static ConfigException refused(Position position, String found, String allowed) {
        return new ConfigException(new ConfigProblem(position, "", found, allowed));
    }
}
