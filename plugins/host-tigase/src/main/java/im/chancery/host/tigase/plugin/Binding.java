package im.chancery.host.tigase.plugin;

import java.nio.file.Path;
import tigase.kernel.core.Kernel;
import tigase.server.Packet;
import tigase.xmpp.XMPPIOService;
import tigase.xmpp.XMPPResourceConnection;

/**
 * What the beans ask of the binding. Called by many of Tigase's threads, and none of them waits here but in {@link #start} and
 * {@link #drain}. A filter returns the packet that goes on, or {@code null} where the binding has taken it.
 */
public interface Binding {
    /**
     * Starts the engine. When this returns it takes stanzas.
     *
     * @param kernel Tigase's root kernel
     * @throws Exception with a message for the admin, if the config is refused or something can't be opened; nothing runs then
     */
    void start(Path config, Kernel kernel) throws Exception;

    /** Takes no more stanzas and waits until those that are held have their verdict and have gone on. */
    void drain();

    /** Stops the engine, after {@link #drain}. */
    void stop();

    /** What a component has taken from its streams, on its way to the message router. */
    Packet leaving(String component, Packet packet);

    /** What comes to a component from the message router, on its way to a stream or to the session manager. */
    Packet arriving(String component, Packet packet);

    /** What has just been parsed from a client's stream, before anything looks at it. */
    void parsed(XMPPIOService<?> stream, Packet packet);

    /** A client's session has ended. */
    void ended(XMPPResourceConnection session);
}
