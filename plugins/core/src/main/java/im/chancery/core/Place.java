package im.chancery.core;

/** Where a stanza is heard: between two people, by a whole room, or by one occupant of a room. */
public enum Place {
    /** Between two addresses, no room involved. */
    DIRECT,
    /** To a room as a whole: a groupchat message, a subject, a join (XEP-0045, sections 7.2 and 7.4). */
    ROOM,
    /** To one occupant by way of the room (XEP-0045, section 7.5). */
    ROOM_PRIVATE
}
