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
    /** Twice the depth that the gate takes: what is allowed may come wrapped, such as in a carbon copy. */
    private static final int DEEPEST = 256;

    /** One that keeps copies of what it gets. */
    public EdgeElement {
        attributes = Map.copyOf(attributes);
        children = List.copyOf(children);
    }

    /**
     * For a binding that makes one of what its host has parsed, which may have any depth.
     *
     * @param depth how deep an element is in its stanza, which is 1
     * @throws IllegalArgumentException if that is deeper than anything that was allowed
     */
    public static void refuseDeeper(int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("a stanza is nested deeper than " + DEEPEST);
        }
    }

    /** Its first child of this name and namespace. */
    Optional<EdgeElement> child(String childName, String childNamespace) {
        return children.stream().filter(child -> child.name().equals(childName) && child.namespace().equals(childNamespace)).findFirst();
    }
}
