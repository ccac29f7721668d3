package im.chancery.core;

import java.util.Locale;

/**
 * What a stanza is for, as its elements say. Persisted in records by its {@link #token}; a token is never given another meaning. Where
 * several would do, the one that stands first here is taken.
 */
public enum TrafficKind {
    /** A stanza of type error (RFC 6120, section 8.3). */
    ERROR,
    /** An iq's result (RFC 6120, section 8.2.3). */
    ANSWER,
    /** A room's message is taken back by a moderator (XEP-0425). */
    MODERATION,
    /** The sender's own message is taken back (XEP-0424). */
    RETRACTION,
    /** An earlier message gets another text (XEP-0308). */
    EDIT,
    /** A message is reacted to (XEP-0444). */
    REACTION,
    /** Somebody is invited to a room, or declines (XEP-0045, section 7.8; XEP-0249). */
    INVITATION,
    /** A file is offered, shared or to be uploaded, or its bytes pass in stanzas (XEP-0047, XEP-0066, XEP-0095, XEP-0234, XEP-0363, XEP-0385, XEP-0447). */
    FILE,
    /** A call or another session is set up, changed or ended (XEP-0166, XEP-0353, XEP-0482). */
    CALL,
    /** Content that only its recipients can read (XEP-0027, XEP-0373, XEP-0384). */
    ENCRYPTED,
    /** Another stanza is passed on (XEP-0297). */
    FORWARD,
    /** A room's subject is set (XEP-0045, section 8.1). */
    SUBJECT,
    /** A message that answers another (XEP-0461). */
    REPLY,
    /** A message with a text. */
    TEXT,
    /** A message was delivered (XEP-0184). */
    RECEIPT,
    /** Messages were read so far (XEP-0333). */
    MARKER,
    /** Somebody is writing (XEP-0085). */
    CHAT_STATE,
    /** A follower is told of what was published (XEP-0060, XEP-0163). */
    EVENT,
    /** Something that others can fetch is published: an item, a profile, an avatar (XEP-0054, XEP-0060, XEP-0163, XEP-0292). */
    PUBLICATION,
    /** Something is kept for the sender alone (XEP-0049). */
    STORAGE,
    /** A command is given (XEP-0050). */
    COMMAND,
    /** A room is configured or destroyed (XEP-0045, section 10). */
    ROOM_CONFIGURATION,
    /** Roles and affiliations in a room are changed: kick, ban, voice, membership (XEP-0045, sections 8 and 9). */
    ROOM_ADMINISTRATION,
    /** Somebody enters a room (XEP-0045, section 7.2). */
    JOIN,
    /** Somebody leaves a room (XEP-0045, section 7.14). */
    LEAVE,
    /** A subscription is asked for, given or ended (RFC 6121, section 3). */
    SUBSCRIPTION,
    /** Presence that was sent to somebody or to a room. */
    PRESENCE,
    /** Any other message. */
    MESSAGE,
    /** Any other iq of type get or set. */
    REQUEST;

    /** How it is written, such as {@code room-configuration}. */
    public String token() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
