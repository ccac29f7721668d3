package im.chancery.roles;

import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;

/** The rules that hold without being configured. A configured name has no colon, so none can pass for one of these. */
final class Builtin {
    static final DeterminingRule HOUSE = allow("house", "People of the house may reach each other unless a rule keeps them apart.");
    static final DeterminingRule SELF = allow("self", "Everybody may reach themselves.");
    static final DeterminingRule SERVICE = allow("service", "People may use the services of their own server.");
    static final DeterminingRule LEAVE = allow("leave", "Everybody may leave a room.");
    static final DeterminingRule KICK = allow("kick", "Who is in a room may remove somebody from it, without words.");

    static final DeterminingRule UNKNOWN_SUBJECT = refuse("unknown-subject",
            "An address of this organisation that is not in its directory may not exchange messages.");
    static final DeterminingRule UNKNOWN_PARTNER = refuse("unknown-partner",
            "This organisation exchanges messages with named partners only.");
    static final DeterminingRule UNKNOWN_ROOM = refuse("unknown-room",
            "It is not known who is in this room.");
    static final DeterminingRule UNKNOWN_OCCUPANT = refuse("unknown-occupant",
            "Nobody in this room has this nickname.");
    static final DeterminingRule UNKNOWN_INVITED = refuse("unknown-invited",
            "It is not known whom this invitation is for.");
    static final DeterminingRule NO_RULE = refuse("no-rule", "No rule allows this.");

    private static final String PREFIX = "builtin:";

    private Builtin() {
    }

    static boolean is(DeterminingRule rule) {
        return rule.id().startsWith(PREFIX);
    }

    private static DeterminingRule allow(String name, String reason) {
        return new DeterminingRule(PREFIX + name, Effect.ALLOW, reason, false);
    }

    private static DeterminingRule refuse(String name, String reason) {
        return new DeterminingRule(PREFIX + name, Effect.REFUSE, reason, false);
    }
}
