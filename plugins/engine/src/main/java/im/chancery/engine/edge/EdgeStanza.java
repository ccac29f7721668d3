package im.chancery.engine.edge;

import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One stanza as its host's binding shows it to the edge. Exactly one of {@link #handOn}, {@link #bounce}, {@link #answerWith}
 * and {@link #discard} ends it, once. Used by one thread at a time.
 */
public interface EdgeStanza extends EdgeItem {
    /** Message, presence or iq. */
    StanzaKind kind();

    /** The type attribute, {@code ""} where there is none. */
    String type();

    /** The id attribute, {@code ""} where there is none. */
    String id();

    /** The sender's real address as the host stamps it, full where the host knows the resource. */
    String from();

    /** The address it is sent to; the sender's own bare address where it names none. */
    String to();

    /** Whether it names an address to send it to. */
    boolean isAddressed();

    /** The namespace of its only child; {@code ""} where it has none or several children. */
    String payloadNamespace();

    /**
     * Whom a message invites to a room, or whose invitation it declines, by way of the room (XEP-0045, sections 7.8.2 and 7.8.3), as the host's
     * room service looks for them. Several are refused: a record names one recipient.
     */
    List<String> invited();

    @Override
    int size();

    /** The stanza as XML, with the stamped from. */
    String xml();

    /** Takes from it all that a sender can write freely; addresses and type stay, and the id where it is kept. */
    void strip(boolean keepId);

    /** Its first child of this name and namespace. */
    Optional<EdgeElement> child(String name, String namespace);

    /** Adds a child. */
    void add(EdgeElement child);

    /** Takes out the ids (XEP-0359, {@code <stanza-id/>}) that are said to be of one of these; {@code whose} gets the address as it is written. */
    void withoutIdsOf(Predicate<String> whose);

    /** Of an error stanza the type of its error (RFC 6120, section 8.3), as its sender wrote it; {@code ""} where there is none. */
    String errorType();

    /** Of an error stanza its condition, as its sender wrote it; {@code ""} where there is none. */
    String errorCondition();

    /** Leaves of an error stanza its addresses, id and type, and an {@code <error/>} of this type with this condition alone. */
    void cutDownTo(String errorType, String errorCondition);

    /** Sends its sender a stanza error (RFC 6120, section 8.3) in its place. */
    void bounce(StanzaError error);

    /** Sends whom it was for, who waits for an iq's result, an iq error with this condition in its place (RFC 6120, section 8.2.3). */
    void answerWith(StanzaError.Condition condition);

    /** Ends it without a word. */
    void discard();
}
