package im.chancery.presence;

import im.chancery.core.PresenceChange;
import im.chancery.presence.Message.Beat;
import im.chancery.presence.Message.Echo;
import im.chancery.presence.Message.Sender;
import im.chancery.presence.Message.Share;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Writes and reads messages: big-endian integers, strings as {@link DataOutputStream#writeUTF} has them, lists behind their
 * length. The first byte is the version of this form, the second the kind. Whatever isn't exactly one message is refused.
 */
final class MessageCodec {
    private static final int VERSION = 1;
    private static final int BEAT = 1;
    private static final int SHARE = 2;

    /** The fewest bytes an echo and a change can take: a list can't be longer than the rest of its message allows. */
    private static final int ECHO_BYTES = 40;
    private static final int CHANGE_BYTES = 6;

    private MessageCodec() {
    }

    static byte[] encode(Message message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            if (message instanceof Beat beat) {
                out.writeByte(BEAT);
                write(beat.sender(), out);
                write(beat, out);
            } else if (message instanceof Share share) {
                out.writeByte(SHARE);
                write(share.sender(), out);
                write(share.changes(), out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a message can't be written", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a message.
     *
     * @throws IOException where the bytes aren't exactly one
     */
    static Message decode(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readByte() != VERSION) {
                throw new IOException("a message of another version");
            }
            int kind = in.readByte();
            Sender sender = new Sender(in.readUTF(), readUuid(in), readUuid(in));
            Message message = switch (kind) {
                case BEAT -> readBeat(sender, in);
                case SHARE -> new Share(sender, readChanges(in));
                default -> throw new IOException("a message of unknown kind");
            };
            if (in.available() > 0) {
                throw new IOException("more than a message");
            }
            return message;
        } catch (IllegalArgumentException e) {
            throw new IOException("a message with an impossible value", e);
        }
    }

    private static void write(Sender sender, DataOutputStream out) throws IOException {
        out.writeUTF(sender.node());
        write(sender.incarnation(), out);
        write(sender.member(), out);
    }

    private static void write(Beat beat, DataOutputStream out) throws IOException {
        out.writeUTF(beat.address());
        out.writeLong(beat.sequence());
        write(beat.challenge(), out);
        out.writeLong(beat.version());
        out.writeInt(beat.echoes().size());
        for (Echo echo : beat.echoes()) {
            write(echo.incarnation(), out);
            write(echo.challenge(), out);
            out.writeLong(echo.version());
        }
    }

    private static Beat readBeat(Sender sender, DataInputStream in) throws IOException {
        String address = in.readUTF();
        long sequence = in.readLong();
        UUID challenge = readUuid(in);
        long version = in.readLong();
        int size = readSize(in, ECHO_BYTES);
        List<Echo> echoes = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            echoes.add(new Echo(readUuid(in), readUuid(in), in.readLong()));
        }
        return new Beat(sender, address, sequence, challenge, version, echoes);
    }

    private static void write(Changes changes, DataOutputStream out) throws IOException {
        out.writeLong(changes.from());
        out.writeLong(changes.to());
        out.writeInt(changes.changes().size());
        for (PresenceChange change : changes.changes()) {
            out.writeUTF(change.who().toString());
            out.writeBoolean(change.available());
            out.writeUTF(change.show());
            out.writeByte(change.priority());
        }
    }

    private static Changes readChanges(DataInputStream in) throws IOException {
        long from = in.readLong();
        long to = in.readLong();
        int size = readSize(in, CHANGE_BYTES);
        List<PresenceChange> changes = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            changes.add(readChange(in));
        }
        return new Changes(from, to, changes);
    }

    private static PresenceChange readChange(DataInputStream in) throws IOException {
        try {
            return new PresenceChange(JidCreate.entityFullFrom(in.readUTF()), in.readBoolean(), in.readUTF(), in.readByte());
        } catch (XmppStringprepException e) {
            throw new IOException("a message with an address that is none", e);
        }
    }

    private static int readSize(DataInputStream in, int least) throws IOException {
        int size = in.readInt();
        if (size < 0 || size > in.available() / least) {
            throw new IOException("a list longer than its message");
        }
        return size;
    }

    private static void write(UUID id, DataOutputStream out) throws IOException {
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
    }

    private static UUID readUuid(DataInputStream in) throws IOException {
        return new UUID(in.readLong(), in.readLong());
    }
}
