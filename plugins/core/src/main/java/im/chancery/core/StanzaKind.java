package im.chancery.core;

/** The three stanza kinds of RFC 6120, section 8. */
public enum StanzaKind {
    MESSAGE, PRESENCE, IQ
}
