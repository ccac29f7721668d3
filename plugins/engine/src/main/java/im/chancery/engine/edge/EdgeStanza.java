package im.chancery.engine.edge;

import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

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

    /**
     * All of it, as it is now.
     *
     * @throws IllegalArgumentException if it is deeper than {@link EdgeElement#refuseDeeper} lets it be
     */
    EdgeElement element();

    /** The namespace of its only child; {@code ""} where it has none or several children. */
    default String payloadNamespace() {
        List<EdgeElement> children = element().children();
        return children.size() != 1 ? "" : children.get(0).namespace();
    }

    /**
     * Whom a message invites to a room, or whose invitation it declines, by way of the room (XEP-0045, sections 7.8.2 and 7.8.3). Several are refused: a record names one
     * recipient.
     */
    default List<String> invited() {
        return kind() != StanzaKind.MESSAGE ? List.of() : element().children().stream().filter(x -> x.name().equals("x") && x.namespace().equals(Occupancy.MUC_USER))
                .flatMap(x -> x.children().stream()).filter(child -> child.name().equals("invite") || child.name().equals("decline"))
                .map(child -> child.attributes().getOrDefault("to", "")).toList();
    }

    @Override
    int size();

    /** The stanza as XML, with the stamped from. */
    String xml();

    /** Takes from it all that a sender can write freely; addresses and type stay. Then it has this id, none where that is {@code ""}, and this child, or none. */
    void strip(String id, Optional<EdgeElement> child);

    /** Takes out the ids (XEP-0359, {@code <stanza-id/>}) that are said to be of one of these; {@code whose} gets the address as it is written. */
    void withoutIdsOf(Predicate<String> whose);

    /** Takes a room's subject out of what the room sends: the form that describes it, where {@code field} names it, or a message, which then is the room's own with an empty one. */
    void withoutSubject(String field);

    /**
     * Names the publisher of each item of a PubSub request or result (XEP-0060), by what is said of them now: {@code ""} leaves it unnamed, and an item for which there is none is
     * taken out.
     *
     * @param list the element that they are in
     */
    void items(String list, UnaryOperator<Optional<String>> publisher);

    /** Of an error stanza the type of its error (RFC 6120, section 8.3), as its sender wrote it; {@code ""} where there is none. */
    default String errorType() {
        return element().child("error", element().namespace()).map(error -> error.attributes().get("type")).orElse("");
    }

    /** Of an error stanza its condition, as its sender wrote it; {@code ""} where there is none. */
    default String errorCondition() {
        return element().child("error", element().namespace()).flatMap(error -> error.children().stream().map(EdgeElement::name)
                .filter(name -> !name.equals("text")).findFirst()).orElse("");
    }

    /** Ends it refused: who sent it is told why; of an iq's result who waits for it is told that there is none; an error or a goodbye ends without a word. */
    default void refuse(StanzaError error) {
        if (type().equals("error") || (kind() == StanzaKind.PRESENCE && type().equals("unavailable"))) {
            discard();
        } else if (kind() == StanzaKind.IQ && type().equals("result")) {
            answerWith(error.condition());
        } else {
            bounce(error);
        }
    }

    /** Sends its sender a stanza error (RFC 6120, section 8.3) in its place. */
    void bounce(StanzaError error);

    /** Sends whom it was for, who waits for an iq's result, an iq error with this condition in its place (RFC 6120, section 8.2.3). */
    void answerWith(StanzaError.Condition condition);

    /** Ends it without a word. */
    void discard();
}
