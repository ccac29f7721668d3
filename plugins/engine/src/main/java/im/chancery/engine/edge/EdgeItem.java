package im.chancery.engine.edge;

/**
 * What a stream brings to the edge, in its order: a stanza, or something that only has to stay behind the stanzas before it,
 * such as the stream's end.
 */
@FunctionalInterface
public interface EdgeItem {
    /** Lets it go on inside the host. Called at most once, by a thread of the edge. */
    void handOn();

    /** What it counts for while it waits, in bytes or characters; much the same every time. Nothing to speak of, unless it is a stanza. */
    default int size() {
        return 1;
    }
}
