package im.chancery.tests.e2e;

import java.io.IOException;
import org.jivesoftware.smack.SmackConfiguration.UnknownIqRequestReplyMode;
import org.jivesoftware.smack.SmackException;
import org.jivesoftware.smack.XMPPException;
import org.jivesoftware.smack.ConnectionConfiguration.SecurityMode;
import org.jivesoftware.smack.packet.ExtensionElement;
import org.jivesoftware.smack.iqrequest.AbstractIqRequestHandler;
import org.jivesoftware.smack.iqrequest.IQRequestHandler;
import org.jivesoftware.smack.packet.IQ;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.MessageBuilder;
import org.jivesoftware.smack.packet.Nonza;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.packet.PresenceBuilder;
import org.jivesoftware.smack.packet.Stanza;
import org.jivesoftware.smack.packet.StreamOpen;
import org.jivesoftware.smack.packet.XmlEnvironment;
import org.jivesoftware.smack.parsing.ExceptionLoggingCallback;
import org.jivesoftware.smack.parsing.SmackParsingException;
import org.jivesoftware.smack.parsing.StandardExtensionElementProvider;
import org.jivesoftware.smack.roster.Roster;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smack.tcp.XMPPTCPConnectionConfiguration;
import org.jivesoftware.smack.util.PacketParserUtils;
import org.jivesoftware.smack.xml.XmlPullParserException;
import org.jivesoftware.smackx.carbons.CarbonManager;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.jivesoftware.smackx.muc.MultiUserChatManager;
import org.jivesoftware.smackx.ping.PingManager;
import org.jxmpp.jid.EntityFullJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.jid.parts.Resourcepart;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * One resource of a person, logged in by STARTTLS and SCRAM as any client does. All that arrives lies in the
 * {@link #inbox}. For one thread; every call has Smack's reply time limit (10 s).
 */
public final class SmackClient implements AutoCloseable {
    private static final int REPLY_LIMIT_MILLIS = 10_000;
    private static final int FAREWELL_MILLIS = 200;

    private final XmppServer server;
    private final XMPPTCPConnection connection;
    private final Inbox inbox = new Inbox();

    private SmackClient(XmppServer server, XMPPTCPConnection connection) {
        this.server = server;
        this.connection = connection;
    }

    /** Logs in with the test password and sends initial presence. */
    public static SmackClient login(XmppServer server, String localpart, String resource) {
        SmackClient client = connectable(server, localpart, resource, true);
        client.login();
        return client;
    }

    /** Logs in without initial presence: no available resource, so messages to the person go offline. */
    public static SmackClient loginWithoutPresence(XmppServer server, String localpart, String resource) {
        SmackClient client = connectable(server, localpart, resource, false);
        client.login();
        return client;
    }

    /** Logs in like {@link #login}, without stream management (XEP-0198): Smack counts only stanzas that it knows, and none that is {@link #write written}. */
    public static SmackClient loginToWrite(XmppServer server, String localpart, String resource) {
        SmackClient client = connectable(server, localpart, resource, true);
        client.connection.setUseStreamManagement(false);
        client.connection.setUnknownIqRequestReplyMode(UnknownIqRequestReplyMode.doNotReply);
        client.connection.setParsingExceptionCallback(new ExceptionLoggingCallback());
        client.login();
        return client;
    }

    /** Keeps requests with this payload in the inbox and leaves them unanswered; Smack shows none to anybody else. */
    public SmackClient keeping(String element, String namespace, IQ.Type type) {
        connection.registerIQRequestHandler(new AbstractIqRequestHandler(element, namespace, type, IQRequestHandler.Mode.sync) {
            @Override
            public IQ handleIQRequest(IQ request) {
                inbox.add(request);
                return null;
            }
        });
        return this;
    }

    private static SmackClient connectable(XmppServer server, String localpart, String resource, boolean presence) {
        Roster.setDefaultSubscriptionMode(Roster.SubscriptionMode.manual);
        try {
            XMPPTCPConnectionConfiguration configuration = XMPPTCPConnectionConfiguration.builder()
                    .setXmppDomain(server.domain())
                    .setHostAddress(server.address())
                    .setPort(XmppServer.CLIENT_PORT)
                    .setSecurityMode(SecurityMode.required)
                    .setCustomX509TrustManager(server.certificates().trust())
                    .setUsernameAndPassword(localpart, XmppSetup.PASSWORD)
                    .setResource(resource)
                    .setSendPresence(presence)
                    .addEnabledSaslMechanism("SCRAM-SHA-1")
                    .build();
            XMPPTCPConnection connection = new XMPPTCPConnection(configuration);
            connection.setReplyTimeout(REPLY_LIMIT_MILLIS);
            connection.setUseStreamManagement(true);
            connection.setUseStreamManagementResumption(true);
            SmackClient client = new SmackClient(server, connection);
            connection.addSyncStanzaListener(client.inbox::add, stanza -> true);
            return client;
        } catch (XmppStringprepException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void login() {
        attempt("log in", () -> {
            connect(server.handshakes());
            connection.login();
        });
    }

    private void connect(int tries) throws SmackException, IOException, XMPPException, InterruptedException {
        for (int left = tries; ; left--) {
            try {
                connection.connect();
                return;
            } catch (SmackException | IOException e) {
                connection.instantShutdown();
                if (left == 1) {
                    throw e;
                }
            }
        }
    }

    /** All stanzas that have arrived and were not yet taken. */
    public Inbox inbox() {
        return inbox;
    }

    /** The full address the server has bound. */
    public EntityFullJid jid() {
        return connection.getUser();
    }

    /** The connection, for what this class does not wrap. */
    public XMPPTCPConnection connection() {
        return connection;
    }

    /** Sends a chat message and returns its stanza id, which is its origin-id too. */
    public String chat(String to, String body) {
        return send(connection.getStanzaFactory().buildMessageStanza().to(jid(to)).ofType(Message.Type.chat).setBody(body));
    }

    /** Sends a chat message with one more child element, written out. */
    public String chat(String to, String body, String child) {
        try {
            ExtensionElement element = StandardExtensionElementProvider.INSTANCE.parse(PacketParserUtils.getParserFor(child));
            return send(message().to(jid(to)).ofType(Message.Type.chat).setBody(body).addExtension(element));
        } catch (XmlPullParserException | SmackParsingException | IOException e) {
            throw new IllegalArgumentException("no XML element: " + child, e);
        }
    }

    /** Sends a message to a room's address. */
    public String groupChat(String room, String body) {
        return send(connection.getStanzaFactory().buildMessageStanza().to(jid(room)).ofType(Message.Type.groupchat).setBody(body));
    }

    /** Starts a message of which the test sets the rest. */
    public MessageBuilder message() {
        return connection.getStanzaFactory().buildMessageStanza();
    }

    /** Sends a message. */
    public String send(MessageBuilder builder) {
        Message message = builder.build();
        send(message);
        return message.getStanzaId();
    }

    /** Sends any stanza. */
    public void send(Stanza stanza) {
        attempt("send", () -> connection.sendStanza(stanza));
    }

    /** Sends a stanza exactly as it is written. */
    public void write(String stanza) {
        attempt("write", () -> connection.sendNonza(new Nonza() {
            @Override
            public String getElementName() {
                return stanza.substring(1, stanza.indexOf(' '));
            }

            @Override
            public String getNamespace() {
                return StreamOpen.CLIENT_NAMESPACE;
            }

            @Override
            public CharSequence toXML(XmlEnvironment enclosing) {
                return stanza;
            }
        }));
    }

    /** Sends presence of a type, to everybody where {@code to} is null, with words if there are any. */
    public void presence(Presence.Type type, String to, String status) {
        PresenceBuilder presence = connection.getStanzaFactory().buildPresenceStanza().ofType(type);
        if (to != null) {
            presence.to(jid(to));
        }
        send((status == null ? presence : presence.setStatus(status)).build());
    }

    /** Asks for somebody's presence, who grants it; returns once that is so. */
    public void subscribeTo(SmackClient other) {
        presence(Presence.Type.subscribe, other.jid().asBareJid().toString(), null);
        other.inbox().take("the request", s -> s instanceof Presence p && p.getType() == Presence.Type.subscribe);
        other.presence(Presence.Type.subscribed, jid().asBareJid().toString(), null);
        inbox().take("the grant", s -> s instanceof Presence p && p.getType() == Presence.Type.subscribed);
    }

    /** Sends a ping to the own server and waits for the answer: all that was sent before has been parsed by then. */
    public void roundTrip() {
        attempt("ping", () -> {
            if (!PingManager.getInstanceFor(connection).pingMyServer()) {
                throw new AssertionError("no answer to a ping");
            }
        });
    }

    /** Enables carbons (XEP-0280). */
    public SmackClient withCarbons() {
        attempt("enable carbons", () -> CarbonManager.getInstanceFor(connection).enableCarbons());
        return this;
    }

    /** Enters a room, makes it an instant one if it is new, and returns Smack's view of it. */
    public MultiUserChat enter(String room, String nickname) {
        MultiUserChat chat = room(room);
        attempt("enter " + room, () -> {
            MultiUserChat.MucCreateConfigFormHandle created = chat.createOrJoin(Resourcepart.from(nickname));
            if (created != null) {
                created.makeInstant();
            }
        });
        return chat;
    }

    /** Leaves a room and waits until it says so; by which id is open (XEP-0045, section 7.14), though Smack's own method wants to know. */
    public void leave(String room) {
        Jid own = jid(room + "/" + room(room).getNickname());
        send(connection.getStanzaFactory().buildPresenceStanza().to(own).ofType(Presence.Type.unavailable).build());
        inbox.take("the goodbye of " + own, stanza -> stanza instanceof Presence presence && presence.getType() == Presence.Type.unavailable && own.equals(stanza.getFrom()));
    }

    /** Asks a room to remove an occupant, with a reason or, for null, without. */
    public void kick(String room, String nickname, String reason) {
        attempt("kick " + nickname, () -> room(room).kickParticipant(Resourcepart.from(nickname), reason));
    }

    /** Smack's view of a room, entered or not. */
    public MultiUserChat room(String room) {
        try {
            return MultiUserChatManager.getInstanceFor(connection).getMultiUserChat(JidCreate.entityBareFrom(room));
        } catch (XmppStringprepException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Cuts the connection without a word, as a lost network does; the stream can be resumed. */
    public void cut() {
        connection.instantShutdown();
    }

    /** Connects again; resumes the stream (XEP-0198) if the server still has it, and says whether it did. */
    public boolean reconnect() {
        login();
        return connection.streamWasResumed();
    }

    @Override
    public void close() {
        if (server.host() == XmppHost.TIGASE) {
            // it closes the connection without the stream's end tag (RFC 6120, section 4.4), for which Smack waits
            connection.setReplyTimeout(FAREWELL_MILLIS);
        }
        connection.disconnect();
    }

    static Jid jid(String text) {
        try {
            return JidCreate.from(text);
        } catch (XmppStringprepException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private interface Step {
        void run() throws SmackException, XMPPException, IOException, InterruptedException;
    }

    private void attempt(String what, Step step) {
        try {
            step.run();
        } catch (SmackException | XMPPException | IOException e) {
            throw new ClientException(connection.getConfiguration().getUsername() + " could not " + what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Something a client tried and could not do; the cause is Smack's. */
    public static final class ClientException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ClientException(String message, Exception cause) {
            super(message, cause);
        }
    }
}
