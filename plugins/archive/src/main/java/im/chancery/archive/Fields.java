package im.chancery.archive;

/** The names of metadata fields inside sealed records. Persisted: a name is never given another meaning. */
public final class Fields {
    /** Real full address of the sender, as stamped. */
    public static final String FROM = "from";
    /** The address as written on the stanza. */
    public static final String TO = "to";
    /** Real bare address of the recipient of a room private message. */
    public static final String RECIPIENT = "recipient";
    /** {@code message}, {@code presence} or {@code iq}. */
    public static final String KIND = "kind";
    /** The stanza's type attribute. */
    public static final String TYPE = "type";
    /** {@code local}, {@code inbound} or {@code outbound}. */
    public static final String DIRECTION = "direction";
    /** {@code direct}, {@code room} or {@code room_private}. */
    public static final String PLACE = "place";
    /** {@code allow} or {@code refuse}. */
    public static final String EFFECT = "effect";
    /** The determining rules' names, strongest first, separated by a space. */
    public static final String RULES = "rules";
    /** The names of rules that run in shadow and would have refused, separated by a space. */
    public static final String SHADOW_RULES = "shadow-rules";
    /** The refusal's text. */
    public static final String REASON = "reason";
    /** The sender's origin-id (XEP-0359), which links a resend to the first attempt. */
    public static final String ORIGIN_ID = "origin-id";
    /** The stanza's id attribute. */
    public static final String STANZA_ID = "id";
    /** What the stanza is for: the token of a {@link im.chancery.core.TrafficKind}. Absent where it couldn't be read. */
    public static final String WHAT = "what";
    /** By which protocols parts of it are encrypted end to end, such as {@code omemo}, separated by a space. */
    public static final String UNREADABLE = "unreadable";
    /** Who has sent what it forwards (XEP-0297), by its own account: bare addresses, separated by a space. */
    public static final String AUTHORS = "authors";
    /** Whose ids it had in it that they can't have given (XEP-0359), as written, separated by a space; the host has taken them out before it handed it on. */
    public static final String FORGED_IDS = "forged-ids";
    /** The names of the files that it offers, shares or asks to upload, one a line (XEP-0234, XEP-0363, XEP-0446). */
    public static final String FILES = "files";
    /**
     * What this record does to an earlier one: {@code correct} (XEP-0308), {@code retract} (XEP-0424), {@code moderate} (XEP-0425), {@code react} (XEP-0444),
     * {@code receive} (XEP-0184), {@code mark} (XEP-0333), {@code answer} (an iq's result, or an error).
     */
    public static final String RELATION = "relation";
    /** The id of the stanza to which it does so. */
    public static final String REFERS_TO = "refers-to";
    /** The id of the message that this one replies to (XEP-0461). */
    public static final String REPLIES_TO = "replies-to";
    /** The id of the call, file transfer or other session that it belongs to (XEP-0166, XEP-0353). */
    public static final String SESSION = "session";
    /** Its thread (RFC 6121, section 5.2.5). */
    public static final String THREAD = "thread";
    /** The record id of the attempt of which a supplement tells. */
    public static final String ATTEMPT = "attempt";
    /** The id that a room has given to an attempt when it handed it on (XEP-0359), in supplements. */
    public static final String ASSIGNED_ID = "assigned-id";
    /** The record id of the first attempt that this one is a resend of. */
    public static final String RESEND_OF = "resend-of";
    /** What the name of a field starts with that holds an extension's annotation, such as {@code annotation.keyword-rule.word}. */
    public static final String ANNOTATION = "annotation.";
    /** The extensions that gave no answer, each as its name, a colon and how it failed, separated by a space. */
    public static final String FAILED_EXTENSIONS = "failed-extensions";
    /** Who did it, in audit, hold and release records: the operator's name. */
    public static final String ACTOR = "actor";
    /** What was done, in audit records, such as {@code record.show}. */
    public static final String ACTION = "action";
    /** The matter's name, in hold records. */
    public static final String MATTER = "matter";
    /** Whose records are held, a bare address, in hold records. */
    public static final String CUSTODIAN = "custodian";
    /** Which room's records are held, a bare address, in hold records. */
    public static final String HELD_ROOM = "held-room";
    /** Held are records captured at or after this instant (ISO 8601, UTC), in hold records. */
    public static final String HELD_FROM = "held-from";
    /** Held are records captured before this instant (ISO 8601, UTC), in hold records. */
    public static final String HELD_TO = "held-to";
    /** The record id of the hold that is released, in release records. */
    public static final String HOLD = "hold";
    /** How many records or entries an audited action has shown or changed. */
    public static final String COUNT = "count";
    /** What the name of a field starts with that holds a parameter of an audited action, such as {@code parameter.with}. */
    public static final String PARAMETER = "parameter.";

    private Fields() {
    }
}
