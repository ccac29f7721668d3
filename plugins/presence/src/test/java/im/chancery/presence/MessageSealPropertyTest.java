package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.PresenceChange;
import im.chancery.presence.Message.Beat;
import im.chancery.presence.Message.Echo;
import im.chancery.presence.Message.Sender;
import im.chancery.presence.Message.Share;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jxmpp.jid.impl.JidCreate;

/** Messages come through whole or not at all: the tag covers every byte, and the form has no slack. */
class MessageSealPropertyTest {
    private static final Sender SENDER = new Sender("north", UUID.randomUUID(), UUID.randomUUID());
    private static final Message SHARE = new Share(SENDER, new Changes(3, 5, List.of(
            new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("alice@example.org/bureau à côté"), true, "dnd", -128),
            new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("bob@example.org/desk"), false, "", 127))));
    private static final Message BEAT = new Beat(SENDER, "127.0.0.1:5701", 7, UUID.randomUUID(), 5,
            List.of(new Echo(UUID.randomUUID(), UUID.randomUUID(), Echo.UNPROVEN), new Echo(UUID.randomUUID(), UUID.randomUUID(), 9)));

    private final MessageSeal seal = new MessageSeal(Secrets.OURS, "test");

    @Example
    void messagesComeThrough() throws IOException {
        for (Message message : List.of(SHARE, BEAT)) {
            byte[] body = seal.open(seal.seal(MessageCodec.encode(message))).orElseThrow();
            assertThat(MessageCodec.decode(body)).isEqualTo(message);
        }
    }

    @Property
    void anyChangedByteIsNoticed(@ForAll boolean beat, @ForAll @IntRange(max = 100_000) int at, @ForAll @IntRange(min = 1, max = 255) int mask) {
        byte[] sealed = seal.seal(MessageCodec.encode(beat ? BEAT : SHARE));
        sealed[at % sealed.length] ^= (byte) mask;
        assertThat(seal.open(sealed)).isEmpty();
    }

    @Property
    void aTagFitsItsOwnMessageOnly(@ForAll long seed) {
        byte[] sealed = seal.seal(MessageCodec.encode(SHARE));
        byte[] other = seal.seal(MessageCodec.encode(BEAT));
        byte[] mixed = Arrays.copyOf(sealed, sealed.length);
        System.arraycopy(other, other.length - 32, mixed, mixed.length - 32, 32);
        assertThat(seal.open(mixed)).isEmpty();
        byte[] noise = new byte[new Random(seed).nextInt(200)];
        new Random(seed).nextBytes(noise);
        assertThat(seal.open(noise)).isEmpty();
    }

    @Example
    void anotherSecretOrAnotherClusterIsNoticed() {
        byte[] sealed = seal.seal(MessageCodec.encode(SHARE));
        assertThat(new MessageSeal(Secrets.ANOTHER, "test").open(sealed)).isEmpty();
        assertThat(new MessageSeal(Secrets.OURS, "other").open(sealed)).isEmpty();
        assertThat(new MessageSeal(Secrets.OURS, "test").open(sealed)).isPresent();
    }

    @Property
    void onlyAWholeMessageIsRead(@ForAll boolean beat, @ForAll @IntRange(max = 100_000) int cut) {
        byte[] body = MessageCodec.encode(beat ? BEAT : SHARE);
        assertThatThrownBy(() -> MessageCodec.decode(Arrays.copyOf(body, cut % body.length))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> MessageCodec.decode(Arrays.copyOf(body, body.length + 1))).isInstanceOf(IOException.class);
    }

    @Property
    void noiseIsReadOrRefusedAndNothingElse(@ForAll byte[] noise, @ForAll boolean beat, @ForAll @IntRange(max = 1_000) int at) {
        byte[] body = MessageCodec.encode(beat ? BEAT : SHARE);
        for (int i = 0; i < noise.length && at % body.length + i < body.length; i++) {
            body[at % body.length + i] = noise[i];
        }
        try {
            MessageCodec.decode(body);
        } catch (IOException e) {
            assertThat(e).isNotNull();
        }
    }
}
