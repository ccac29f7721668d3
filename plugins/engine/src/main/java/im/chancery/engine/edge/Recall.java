package im.chancery.engine.edge;

import java.util.LinkedHashMap;
import java.util.Map;

/** Remembers the newest texts, a bounded number of them, each with another one where that is wanted. Safe for many threads. */
final class Recall {
    private final Map<String, String> texts;

    Recall(int most) {
        texts = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                return size() > most;
            }
        };
    }

    void remember(String text) {
        remember(text, "");
    }

    synchronized void remember(String text, String with) {
        texts.remove(text); // so that it is the newest again
        texts.put(text, with);
    }

    synchronized boolean knows(String text) {
        return texts.containsKey(text);
    }

    /** Forgets a text; tells whether it was known. */
    synchronized boolean forget(String text) {
        return texts.remove(text) != null;
    }

    /** Forgets a text; tells what was remembered with it, {@code ""} if it wasn't known. */
    synchronized String take(String text) {
        String with = texts.remove(text);
        return with == null ? "" : with;
    }
}
