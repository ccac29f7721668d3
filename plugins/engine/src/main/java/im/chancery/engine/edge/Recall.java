package im.chancery.engine.edge;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Remembers the newest texts, a bounded number of them. Safe for many threads. */
final class Recall {
    private final Set<String> texts;

    Recall(int most) {
        texts = Collections.newSetFromMap(new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > most;
            }
        });
    }

    synchronized void remember(String text) {
        texts.remove(text); // so that it is the newest again
        texts.add(text);
    }

    synchronized boolean knows(String text) {
        return texts.contains(text);
    }

    /** Forgets a text; tells whether it was known. */
    synchronized boolean forget(String text) {
        return texts.remove(text);
    }
}
