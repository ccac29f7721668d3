package im.chancery.tests.e2e;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.Stanza;

/** The stanzas a client has got, in order. Any thread may add; tests take. */
public final class Inbox {
    /** How long a stanza that must come may take. */
    public static final Duration LIMIT = Duration.ofSeconds(15);

    private final List<Stanza> stanzas = new ArrayList<>();

    synchronized void add(Stanza stanza) {
        stanzas.add(stanza);
    }

    /** Waits for the first matching stanza and removes it. */
    public Stanza take(String what, Predicate<Stanza> predicate) {
        return Deadline.awaitValue(what + "; there is " + summary(), LIMIT, () -> remove(predicate));
    }

    /** Waits for a message, errors included, that matches, and removes it. */
    public Message takeMessage(String what, Predicate<Message> predicate) {
        return (Message) take(what, stanza -> stanza instanceof Message message && predicate.test(message));
    }

    /** Waits for a message with this body that is no error, and removes it. */
    public Message takeBody(String body) {
        return takeMessage("message «" + body + "»", m -> m.getType() != Message.Type.error && body.equals(m.getBody()));
    }

    /** Waits for the error that answers a message, and removes it. */
    public Message takeErrorOf(String stanzaId) {
        return takeMessage("error of message " + stanzaId, m -> m.getType() == Message.Type.error && stanzaId.equals(m.getStanzaId()));
    }

    /** All that is there now and contains this text anywhere, in bodies, carbons or errors. */
    public synchronized List<Stanza> containing(String text) {
        return stanzas.stream().filter(s -> s.toXML().toString().contains(text)).toList();
    }

    /** The bodies of all messages that are there now and are no errors, in order. */
    public synchronized List<String> bodies() {
        return stanzas.stream().filter(Message.class::isInstance).map(Message.class::cast)
                .filter(m -> m.getType() != Message.Type.error && m.getBody() != null).map(Message::getBody).toList();
    }

    private synchronized Optional<Stanza> remove(Predicate<Stanza> predicate) {
        for (Stanza stanza : stanzas) {
            if (predicate.test(stanza)) {
                stanzas.remove(stanza);
                return Optional.of(stanza);
            }
        }
        return Optional.empty();
    }

    private synchronized String summary() {
        return stanzas.size() + " other stanzas";
    }
}
