package im.chancery.roles;

/** What an address is to the organisation. */
enum Standing {
    /** Somebody of the directory. */
    PERSON,
    /** An address of a served domain that the directory doesn't have. */
    UNKNOWN,
    /** A served domain or a service domain itself, such as {@code localhost} or {@code conference.localhost}. */
    SERVICE,
    /** An address with a localpart in a service domain. */
    ROOM,
    /** An address of a partner's domain, or the domain itself. */
    PARTNER,
    /** An address of a domain that no rule names. */
    STRANGER
}
