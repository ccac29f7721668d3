package im.chancery.engine;

import im.chancery.archive.CheckpointSink;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jxmpp.jid.BareJid;

/** Sends checkpoints to XMPP addresses, through whichever host binding carries them. Safe for many threads. */
final class CheckpointPost {
    private final AtomicReference<Engine.CheckpointCarrier> carrier = new AtomicReference<>();

    void carriedBy(Engine.CheckpointCarrier by) {
        carrier.set(by);
    }

    /** A sink that sends to one address, at most every so often. */
    CheckpointSink to(BareJid address, Duration every) {
        return new CheckpointSink() {
            @Override
            public String name() {
                return "xmpp";
            }

            @Override
            public Duration interval() {
                return every;
            }

            @Override
            public void publish(String checkpoint) throws IOException {
                Engine.CheckpointCarrier by = carrier.get();
                if (by == null) {
                    throw new IOException("no host binding carries checkpoints");
                }
                by.carry(address, checkpoint);
            }
        };
    }
}
