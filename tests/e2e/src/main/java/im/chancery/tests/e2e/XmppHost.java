package im.chancery.tests.e2e;

import java.util.Locale;

/** The XMPP servers that the end-to-end tests run against, by the same code. */
public enum XmppHost {
    /** A process of its own, with the engine beside it. */
    PROSODY,
    /** A Java process with the engine in it. */
    TIGASE;

    private static final String PROPERTY = "chancery.host";

    /**
     * The one that the system property {@code chancery.host} names; Prosody where it is not set.
     *
     * @throws IllegalArgumentException if it names none
     */
    public static XmppHost chosen() {
        return valueOf(System.getProperty(PROPERTY, PROSODY.name()).toUpperCase(Locale.ROOT));
    }

    /** Whether the engine lives in the server's own process: it starts, stops, hangs and dies with it, and there is no link. */
    public boolean holdsEngine() {
        return this == TIGASE;
    }
}
