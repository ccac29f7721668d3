package im.chancery.engine.edge;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An element in a stanza.
 *
 * @param name       its local name
 * @param namespace  its namespace, whether it names it itself or an element around it does
 * @param attributes its attributes as they are written, without the namespace
 * @param children   the elements in it
 * @param text       the text in it, as it is written; {@code ""} for none
 */
public record EdgeElement(String name, String namespace, Map<String, String> attributes, List<EdgeElement> children, String text) {
    /** One that keeps copies of what it gets. */
    public EdgeElement {
        attributes = Map.copyOf(attributes);
        children = List.copyOf(children);
    }

    /** Its first child of this name and namespace. */
    Optional<EdgeElement> child(String childName, String childNamespace) {
        return children.stream().filter(child -> child.name().equals(childName) && child.namespace().equals(childNamespace)).findFirst();
    }
}
