package im.chancery.engine;

import im.chancery.core.StanzaError;

/** What a sender reads where there is no verdict, on every host alike. */
public final class Refusals {
    /** Nothing can be recorded just now; the sender may try again. */
    public static final StanzaError UNAVAILABLE = StanzaError.unavailable("Messages can't be recorded just now. Please try again later.");
    /** An address is none by RFC 7622. */
    public static final StanzaError BAD_ADDRESS = new StanzaError(StanzaError.Type.MODIFY, StanzaError.Condition.NOT_ACCEPTABLE,
            "This address can't be recorded, so nothing can be sent to or from it.");
    /** A room changes faster than it can be asked about. */
    public static final StanzaError ROOM_CHANGES =
            StanzaError.unavailable("People are joining and leaving this room just now. Please try again.");

    private Refusals() {
    }
}
