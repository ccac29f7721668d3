package im.chancery.roles;

import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;

/**
 * An address with all that a rule may look at.
 *
 * @param address    the bare address
 * @param standing   what it is to the organisation
 * @param name       what to call it in an explanation
 * @param department the department; people of the directory only
 * @param assigned   the roles the directory assigns (UserAssignment); people of the directory only
 * @param roles      the assigned roles and all that they inherit
 */
record Subject(BareJid address, Standing standing, String name, Optional<String> department, Set<String> assigned, Set<String> roles) {

    Subject {
        assigned = Set.copyOf(assigned);
        roles = Set.copyOf(roles);
    }

    /** A subject that the directory says nothing of. */
    static Subject outside(BareJid address, Standing standing) {
        return new Subject(address, standing, address.toString(), Optional.empty(), Set.of(), Set.of());
    }
}
