package im.chancery.roles;

import im.chancery.core.DeterminingRule;
import im.chancery.core.Spelling;
import im.chancery.core.StanzaKind;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/**
 * The rules, prepared for the message path. On which side of which rule an address stands depends only on the config,
 * so it is worked out once for each address that the config names and once for each partner's domain, as two bit sets
 * over the rules. Whether any rule keeps two addresses apart is then an AND of their sets. Immutable.
 */
final class RuleIndex {

    /** An address with its sides: bit i of {@code from} tells that it is on the from side of rule i. */
    record Placed(Subject subject, long[] from, long[] to) {
    }

    private final Directory directory;
    private final List<Rule> rules;
    private final long[] bothWays;
    private final long[] onUnreadable;
    /** Of a subject that no rule names. */
    private final long[] ofAnybody;
    private final Map<StanzaKind, long[]> kinds = new EnumMap<>(StanzaKind.class);
    private final Map<BareJid, Placed> named = new HashMap<>();
    private final Map<DomainBareJid, Placed> partners = new HashMap<>();
    /** Those of partners that are named, by what their spellings have in common. */
    private final Map<String, Placed> alike = new HashMap<>();
    private final Map<DomainBareJid, DeterminingRule> admitting;

    /**
     * @param partners the domains that may be federated with, each with the rule that admits it
     * @param named    the addresses outside the directory that rules name: rooms and people of partners
     */
    RuleIndex(Directory directory, List<Rule> rules, Map<DomainBareJid, DeterminingRule> partners, Set<BareJid> named) {
        this.directory = directory;
        this.rules = List.copyOf(rules);
        this.bothWays = bits(Rule::bothWays);
        this.onUnreadable = bits(Rule::onUnreadable);
        this.ofAnybody = bits(r -> r.to() == Rule.ANYBODY);
        for (StanzaKind kind : StanzaKind.values()) {
            kinds.put(kind, bits(r -> r.kinds().contains(kind)));
        }
        this.admitting = Map.copyOf(partners);
        partners.keySet().forEach(domain -> this.partners.put(domain, place(Subject.outside(domain, Standing.PARTNER))));
        directory.people().values().forEach(person -> this.named.put(person.address(), place(person)));
        named.forEach(address -> this.named.computeIfAbsent(address, a -> place(subject(a))));
        this.named.forEach((address, placed) -> {
            if (partners.containsKey(address.asDomainBareJid())) {
                alike.merge(folded(address), placed, RuleIndex::both);
            }
        });
        this.named.replaceAll((address, placed) -> {
            Placed all = alike.get(folded(address));
            return all == null ? placed : new Placed(placed.subject(), all.from(), all.to());
        });
    }

    /** Which spelling of a name is which account, only its own server knows; for a person of the house an unknown one is nobody. */
    private static String folded(BareJid address) {
        String localpart = address.getLocalpartOrNull() == null ? "" : address.getLocalpartOrNull().toString();
        return Spelling.fold(localpart) + "@" + address.getDomain();
    }

    private static Placed both(Placed one, Placed other) {
        return new Placed(one.subject(), or(one.from(), other.from()), or(one.to(), other.to()));
    }

    private static long[] or(long[] one, long[] other) {
        long[] both = one.clone();
        for (int w = 0; w < both.length; w++) {
            both[w] |= other[w];
        }
        return both;
    }

    /** The address with its sides. Never null: an address that nobody names is {@link Standing#UNKNOWN} or {@link Standing#STRANGER}. */
    Placed resolve(BareJid address) {
        Placed known = named.get(address);
        if (known != null) {
            return known;
        }
        Placed partner = partners.get(address.asDomainBareJid());
        if (partner != null && !alike.isEmpty()) {
            // Held to the named one's rules besides their domain's, not instead: a rule that admits the one by name doesn't admit the other, who may be somebody else.
            Placed all = alike.get(folded(address));
            partner = all == null ? partner : both(partner, all);
        }
        Subject subject = subject(address);
        return partner == null
                ? new Placed(subject, new long[bothWays.length], ofAnybody)
                : new Placed(subject, partner.from(), partner.to());
    }

    /**
     * Hands on every rule that keeps the sender from reaching the receiver with this kind of stanza, in the order of the config.
     *
     * @param readable whether all of its content can be read
     */
    void between(Placed sender, Placed receiver, StanzaKind kind, boolean readable, Consumer<Rule> found) {
        long[] stops = kinds.get(kind);
        for (int w = 0; w < stops.length; w++) {
            hand(stops[w] & (readable ? ~onUnreadable[w] : -1), sender, receiver, w, found);
        }
    }

    /** Those of them alone that stop what can't be read. */
    void onUnreadable(Placed sender, Placed receiver, Consumer<Rule> found) {
        for (int w = 0; w < onUnreadable.length; w++) {
            hand(onUnreadable[w], sender, receiver, w, found);
        }
    }

    private void hand(long which, Placed sender, Placed receiver, int w, Consumer<Rule> found) {
        long hit = which & (sender.from()[w] & receiver.to()[w] | bothWays[w] & sender.to()[w] & receiver.from()[w]);
        for (; hit != 0; hit &= hit - 1) {
            found.accept(rules.get(w * Long.SIZE + Long.numberOfTrailingZeros(hit)));
        }
    }

    /** The rule that admits a {@link Standing#PARTNER}. */
    DeterminingRule admitting(Subject partner) {
        return admitting.get(partner.address().asDomainBareJid());
    }

    List<Rule> rules() {
        return rules;
    }

    private Subject subject(BareJid address) {
        return directory.ofTheHouse(address).orElseGet(() -> Subject.outside(address,
                partners.containsKey(address.asDomainBareJid()) ? Standing.PARTNER : Standing.STRANGER));
    }

    private Placed place(Subject subject) {
        return new Placed(subject, bits(r -> r.from().why(subject).isPresent()), bits(r -> r.to().why(subject).isPresent()));
    }

    private long[] bits(Predicate<Rule> test) {
        long[] bits = new long[(rules.size() + Long.SIZE - 1) / Long.SIZE];
        for (int i = 0; i < rules.size(); i++) {
            if (test.test(rules.get(i))) {
                bits[i / Long.SIZE] |= 1L << i % Long.SIZE;
            }
        }
        return bits;
    }
}
