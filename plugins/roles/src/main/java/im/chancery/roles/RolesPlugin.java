package im.chancery.roles;

import static im.chancery.core.config.Option.Type.BOOLEAN;
import static im.chancery.core.config.Option.Type.DOMAIN;
import static im.chancery.core.config.Option.Type.JID;
import static im.chancery.core.config.Option.Type.NAME;
import static im.chancery.core.config.Option.Type.STRING;

import im.chancery.core.config.Option;
import im.chancery.core.config.PluginDescriptor;
import java.util.stream.Stream;

/** What the roles plugin says of itself: the options that {@link RolesPolicy#from} reads. */
public final class RolesPlugin {
    static final String PARTNER_REASON = "Only some people of this organisation may exchange messages with this domain.";

    private RolesPlugin() {
    }

    /** The top-level options of this plugin. */
    public static PluginDescriptor descriptor() {
        return new PluginDescriptor("roles", "Who belongs to the organisation, and who of it may reach whom.",
                Stream.of(departments(), roles(), people(), separation(), barriers(), rooms(), unreadable(), partners()).map(Option::changesLive).toList());
    }

    private static Option departments() {
        return Option.list("departments", "The departments; every department that a person or a rule names stands here.",
                Option.of("*", NAME, "A department's name."));
    }

    private static Option roles() {
        return Option.table("roles", "The roles by name; every role that a person or a rule names stands here.",
                Option.map("*", "One role; write {} for a role that inherits nothing.",
                        Option.list("inherits", "The roles whose members this role's holders are too.",
                                Option.of("*", NAME, "A role's name."))));
    }

    private static Option people() {
        return Option.list("people", "The directory; an address of a served domain that isn't here may reach nobody.",
                Option.map("*", "One person.",
                        Option.of("jid", JID, "The person's bare address, in a served domain; each stands here once.").must(),
                        Option.of("name", STRING, "The person's name as explanations print it; the localpart where it is absent."),
                        Option.of("department", NAME, "The one department the person belongs to."),
                        Option.list("roles", "The roles the person is assigned to; those they inherit come by themselves.",
                                Option.of("*", NAME, "A role's name."))));
    }

    private static Option separation() {
        return Option.list("separation", "Duties that no one person may hold together (static separation of duty, INCITS 359).",
                Option.map("*", "One set of roles of which a person holds at most one, inherited ones counted.",
                        ruleName(),
                        Option.list("roles", "Two or more roles.", Option.of("*", NAME, "A role's name.")).must()));
    }

    private static Option barriers() {
        return Option.list("barriers", "Walls between groups; a barrier beats everything that allows.",
                Option.map("*", "One barrier.",
                        ruleName(),
                        selector("from", "The one side.").must(),
                        selector("to", "The other side.").must(),
                        Option.of("both-ways", BOOLEAN, "Whether the 'to' side may not reach the 'from' side either.").or("true"),
                        Option.list("kinds", "What the barrier stops; all three where it is absent.",
                                Option.choice("*", "A stanza kind.", "message", "presence", "iq")),
                        reason().must(),
                        shadow()));
    }

    private static Option rooms() {
        return Option.list("rooms", "Rooms that only some may use; who may use any other room is decided by the barriers alone.",
                Option.map("*", "One rule; where several name a room, its occupants must satisfy each.",
                        ruleName(),
                        Option.list("rooms", "The rooms' bare addresses, in a service domain.",
                                Option.of("*", JID, "A room's bare address.")).must(),
                        selector("members", "Who may enter and speak.").must(),
                        reason().must(),
                        shadow()));
    }

    private static Option unreadable() {
        return Option.list("unreadable", "Who neither sends nor gets content that the record can't show, since it is encrypted end to end (OMEMO, OpenPGP).",
                Option.map("*", "One rule.",
                        ruleName(),
                        selector("people", "Whose content must be readable, whoever they exchange it with.").must(),
                        reason().must(),
                        shadow()));
    }

    private static Option partners() {
        return Option.list("partners", "The federated domains; a domain that isn't here is refused both ways. Subdomains are domains of their own.",
                Option.map("*", "One partner.",
                        Option.of("name", NAME, "The rule's name; 'partner:' and the domain where it is absent."),
                        Option.of("domain", DOMAIN, "The partner's domain, exactly.").must(),
                        selector("people", "Who of the house may reach the domain and be reached from it; everybody where it is absent."),
                        Option.of("reason", STRING, "One sentence for those who may not reach the domain.")
                                .or(PARTNER_REASON)));
    }

    private static Option ruleName() {
        return Option.of("name", NAME, "The rule's name, which refusals and records show; no two rules have the same.").must();
    }

    private static Option reason() {
        return Option.of("reason", STRING, "One sentence that tells an employee why; the sender of a refused message reads it.");
    }

    private static Option shadow() {
        return Option.of("shadow", BOOLEAN, "True to try the rule out: decisions report it, and it has no effect.").or("false");
    }

    private static Option selector(String name, String doc) {
        return Option.map(name, doc + " Whoever any of the lists names; at least one list has an entry.",
                Option.list("departments", "Everybody of these departments.", Option.of("*", NAME, "A department's name.")),
                Option.list("roles", "Everybody who holds one of these roles, inherited ones counted.", Option.of("*", NAME, "A role's name.")),
                Option.list("domains", "Everybody of exactly these domains, served or partners'.", Option.of("*", DOMAIN, "A domain.")),
                Option.list("people", "These people: of the directory, or of a partner's domain.", Option.of("*", JID, "A bare address.")));
    }
}
