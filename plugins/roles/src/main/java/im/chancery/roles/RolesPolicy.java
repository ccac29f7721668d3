package im.chancery.roles;

import im.chancery.core.Decision;
import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.Policy;
import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.roles.RuleIndex.Placed;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/**
 * Decides who may reach whom, from the directory and the rules of a config file. Deny beats allow, and what no rule
 * allows is refused; the order of rules has no influence on the effect. Immutable, safe for many threads; a decision
 * between two people takes about a microsecond, one in a room that much for each occupant.
 *
 * <p>Domains match exactly. The house's own services are no subjects: barriers are between people (and partners'
 * domains), room rules are for rooms.
 */
public final class RolesPolicy implements Policy {
    private final Directory directory;
    private final RuleIndex index;
    private final PairCheck pairs;
    private final RoomCheck rooms;
    private final Explainer explainer;

    private RolesPolicy(Directory directory, RuleIndex index) {
        this.directory = directory;
        this.index = index;
        this.pairs = new PairCheck(index);
        this.rooms = new RoomCheck(index);
        this.explainer = new Explainer(index, this);
    }

    /**
     * Reads the options of {@link RolesPlugin#descriptor}.
     *
     * @param root     the config file's root; other plugins' options in it are ignored
     * @param served   the domains whose addresses are people of the house
     * @param services the domains of the house's room service and of its other components
     * @throws ConfigException with the problems that the file has, each with its place; of very many with the first
     */
    public static RolesPolicy from(ConfigNode root, Set<DomainBareJid> served, Set<DomainBareJid> services) throws ConfigException {
        Problems problems = new Problems();
        Directory directory = new DirectoryReader(problems).read(root, served, services);
        RuleReader.Rules rules = new RuleReader(problems, directory).read(root);
        problems.throwIfAny();
        return new RolesPolicy(directory, new RuleIndex(directory, rules.rules(), rules.partners(), rules.named()));
    }

    @Override
    public Decision decide(Exchange exchange) {
        Findings findings = new Findings();
        if (isLeaving(exchange)) {
            findings.note(Builtin.LEAVE);
        } else if (exchange.place() == Place.DIRECT) {
            direct(exchange, findings);
        } else {
            rooms.check(exchange, findings);
        }
        return findings.decision();
    }

    private void direct(Exchange exchange, Findings findings) {
        Placed from = index.resolve(exchange.from().asBareJid());
        Placed to = index.resolve(exchange.to().asBareJid());
        boolean readable = exchange.content().isReadable();
        pairs.check(from, to, exchange.kind(), readable, findings);
        exchange.recipient().map(index::resolve).ifPresent(target -> {
            pairs.check(from, target, exchange.kind(), readable, findings);
            pairs.check(target, from, exchange.kind(), readable, findings); // bytes pass both ways
        });
        exchange.content().authors().forEach(author -> forwards(author, from, to, findings));
        if (isFetched(exchange) && to.subject().standing() != Standing.ROOM) {
            pairs.check(to, from, StanzaKind.MESSAGE, true, findings);
        }
        // Without a snapshot nobody has looked who would hear it there, or who speaks from there. An iq to the room itself goes no further.
        boolean intoRoom = to.subject().standing() == Standing.ROOM && (exchange.kind() != StanzaKind.IQ || exchange.to().hasResource());
        if (intoRoom || from.subject().standing() == Standing.ROOM) {
            findings.note(Builtin.UNKNOWN_ROOM);
        }
    }

    /** Nothing of its author reaches whom the author may not reach, whoever passes it on. */
    private void forwards(BareJid author, Placed by, Placed to, Findings findings) {
        Placed of = index.resolve(author);
        if (!PairCheck.isSelf(of.subject(), by.subject())) {
            pairs.check(of, to, StanzaKind.MESSAGE, true, findings);
        }
    }

    /**
     * Whether the host answers for a person of the house, with what that person has stored for others: a vCard, a PEP node. Nobody asks about the
     * answer, whoever it goes to. What somebody of a partner's has stored, the partner answers with, and that answer is asked about.
     */
    private static boolean isFetched(Exchange exchange) {
        return exchange.kind() == StanzaKind.IQ && exchange.type().equals("get") && exchange.direction() != Direction.OUTBOUND
                && exchange.to().getLocalpartOrNull() != null && !exchange.to().hasResource();
    }

    /** Whether the sender leaves a room of the house (XEP-0045, section 7.14). What the presence says beside that is the host's to cut off. */
    private boolean isLeaving(Exchange exchange) {
        return exchange.kind() == StanzaKind.PRESENCE && exchange.type().equals("unavailable")
                && index.resolve(exchange.to().asBareJid()).subject().standing() == Standing.ROOM;
    }

    /** Says what would happen to a stanza whose content can be read; see {@link #explain(BareJid, BareJid, StanzaKind, Optional, boolean)}. */
    public Explanation explain(BareJid from, BareJid to, StanzaKind kind, Optional<BareJid> room) {
        return explain(from, to, kind, room, true);
    }

    /**
     * Says what would happen to a stanza, and why, without recording anything.
     *
     * @param from     the sender
     * @param to       the receiver; a person, a domain, or a room
     * @param kind     the kind of stanza; in a room {@code PRESENCE} asks whether the sender could enter
     * @param room     the room in which {@code to} sits and {@code from} speaks; empty for a direct stanza
     * @param readable whether all of its content can be read
     */
    public Explanation explain(BareJid from, BareJid to, StanzaKind kind, Optional<BareJid> room, boolean readable) {
        return explainer.explain(from, to, kind, room, readable);
    }

    /** The department of a person of the directory; empty for one without and for everybody else. */
    public Optional<String> departmentOf(BareJid address) {
        return Optional.ofNullable(directory.people().get(address)).flatMap(Subject::department);
    }

    /** The people of a department, by address; empty if there is no such department. */
    public Set<BareJid> membersOf(String department) {
        Set<BareJid> members = new TreeSet<>();
        directory.people().values().stream().filter(p -> p.department().filter(department::equals).isPresent())
                .forEach(p -> members.add(p.address()));
        return members;
    }
}
