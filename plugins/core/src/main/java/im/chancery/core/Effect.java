package im.chancery.core;

/** What a rule or a decision does with a stanza. */
public enum Effect {
    ALLOW, REFUSE
}
