package im.chancery.presence;

import im.chancery.core.PresenceChange;
import java.util.Collection;
import java.util.List;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/** The store of a node that stands alone. */
final class LocalPresenceStore implements PresenceStore {
    private final String node;
    private final PresenceIndex index = new PresenceIndex();
    private final OwnPresence own;

    LocalPresenceStore(String node) {
        this.node = node;
        this.own = new OwnPresence(node, index);
    }

    @Override
    public void publish(PresenceChange change) {
        own.publish(change);
        own.unsent();
    }

    @Override
    public void replace(DomainBareJid domain, Collection<PresenceChange> available) {
        own.replace(domain, available);
        own.unsent();
    }

    @Override
    public List<PresenceEntry> find(BareJid person) {
        return index.find(person);
    }

    @Override
    public Collection<PresenceEntry> all() {
        return index.all();
    }

    @Override
    public List<Member> members() {
        return List.of(new Member(node, "local", true));
    }

    @Override
    public Counts counts() {
        return new Counts(index.size(), 0, 0, 0, 0, 0);
    }

    @Override
    public void close() {
        own.close();
        index.clear();
    }
}
