package im.chancery.host.tigase;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaError;
import im.chancery.core.Verdict;
import im.chancery.engine.config.EdgeOptions;
import im.chancery.engine.edge.Edge;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.script.Bindings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tigase.kernel.core.Kernel;
import tigase.muc.MUCComponent;
import tigase.muc.repository.IMucRepository;
import tigase.server.Command;
import tigase.server.Packet;
import tigase.server.script.CommandIfc;
import tigase.server.xmppclient.ClientConnectionManager;
import tigase.server.xmppserver.S2SConnectionManager;
import tigase.server.xmppsession.SessionManager;
import tigase.vhosts.VHostManager;
import tigase.xml.DomBuilderHandler;
import tigase.xml.Element;
import tigase.xml.SingletonFactory;
import tigase.xmpp.StanzaType;
import tigase.xmpp.XMPPResourceConnection;
import tigase.xmpp.impl.C2SDeliveryErrorProcessor;
import tigase.xmpp.jid.JID;

/** What the binding does with packets as Tigase's components have them, without a server. */
class PassageTest {
    private static final JID BOBS = JID.jidInstanceNS("c2s@node.test/10.0.0.1_5222_10.0.0.2_1");
    private static final String BOB = "bob@example.test/desk";
    private static final long LIMIT_SECONDS = 10;

    private final List<Exchange> questions = new CopyOnWriteArrayList<>();
    private final List<CompletableFuture<Verdict>> answers = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Packet> wentOn = new LinkedBlockingQueue<>();
    private final List<Packet> sent = new CopyOnWriteArrayList<>();
    private final Map<JID, XMPPResourceConnection> connections = new ConcurrentHashMap<>();
    private final Marked released = new Marked();
    private final TigaseHost host = new TigaseHost(kernel(), new Domains());
    private final Gate gate = proxy(Gate.class, (proxy, method, arguments) -> switch (method.getName()) {
        case "submit" -> {
            questions.add((Exchange) arguments[0]);
            answers.add(new CompletableFuture<>());
            yield answers.get(answers.size() - 1);
        }
        case "recheck" -> CompletableFuture.completedStage(Decision.refuse(List.of(), StanzaError.policyViolation("a wall")));
        default -> null;
    });
    private final Edge edge = new Edge(gate, host, new EdgeOptions(Duration.ofSeconds(60), 64L << 20));
    private final Sessions sessions = new Sessions(new Manager());
    private final ClientPassage clients = new ClientPassage(new Clients(), edge, host, sessions, new Deliveries(edge, host), released);
    private final SessionPassage door = new SessionPassage(edge, host, gate, sessions, name -> clients, released);
    private final ServerPassage servers = new ServerPassage(new Servers(), edge, host, new Deliveries(edge, host));

    private static final class Domains extends VHostManager {
        @Override
        public JID getComponentId() {
            return JID.jidInstanceNS("vhost-man@node.test");
        }

        @Override
        public boolean isLocalDomain(String domain) {
            return domain.equals("example.test");
        }

        @Override
        public boolean isLocalDomainOrComponent(String domain) {
            return domain.endsWith("example.test");
        }
    }

    private final class Manager extends SessionManager {
        @Override
        public void initBindings(Bindings binds) {
            binds.put(CommandIfc.USER_CONN, connections);
        }

        @Override
        public JID getComponentId() {
            return JID.jidInstanceNS("sess-man@node.test");
        }

        @Override
        public void processOutPacket(Packet packet) {
            sent.add(packet);
        }
    }

    private final class Clients extends ClientConnectionManager {
        @Override
        public JID getComponentId() {
            return JID.jidInstanceNS("c2s@node.test");
        }

        @Override
        public void processOutPacket(Packet packet) {
            wentOn.add(packet);
        }
    }

    private final class Servers extends S2SConnectionManager {
        @Override
        public void processOutPacket(Packet packet) {
            wentOn.add(packet);
        }
    }

    @AfterEach
    void answerAll() {
        answers.forEach(answer -> answer.completeExceptionally(new IllegalStateException("the test is over")));
    }

    @SuppressWarnings("unchecked")
    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
    }

    /** With a session manager and rooms. */
    private static Kernel kernel() {
        Kernel kernel = new Kernel("root");
        kernel.registerBean("sess-man").asClass(SessionManager.class).exec();
        kernel.registerBean("muc").asClass(MUCComponent.class).exec();
        Kernel muc = new Kernel("muc");
        muc.registerBean(IMucRepository.ID).asInstance(proxy(IMucRepository.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getActiveRooms" -> Map.of();
            case "hashCode" -> 1;
            case "equals" -> proxy == arguments[0];
            default -> null;
        })).exec();
        kernel.registerBean("muc#KERNEL").asInstance(muc).exec();
        return kernel;
    }

    private static Packet packet(String xml) throws Exception {
        DomBuilderHandler handler = new DomBuilderHandler();
        char[] characters = xml.toCharArray();
        SingletonFactory.getParserInstance().parse(handler, characters, 0, characters.length);
        return Packet.packetInstance(handler.getParsedElements().poll());
    }

    /** As it comes off a stream: with a namespace, and for a client without a sender. */
    private static Packet ofClient(String xml) throws Exception {
        Packet packet = packet(xml.replaceFirst(" ", " xmlns='jabber:client' "));
        packet.setPacketFrom(BOBS);
        return packet;
    }

    /** A client's stream, bound to an address. */
    private void login() throws ReflectiveOperationException {
        XMPPResourceConnection session = new XMPPResourceConnection(BOBS, null, null, null) {
            @Override
            public boolean isAuthorized() {
                return true;
            }

            @Override
            public boolean isResourceSet() {
                return true;
            }
        };
        Field address = XMPPResourceConnection.class.getDeclaredField("userJid"); // which a login sets, with a domain and accounts
        address.setAccessible(true);
        address.set(session, JID.jidInstanceNS(BOB));
        connections.put(BOBS, session);
    }

    private static String command(Command command, String attributes) {
        return "<iq id='f' " + attributes + "><command xmlns='http://jabber.org/protocol/commands' node='" + command + "'>"
                + "<x xmlns='jabber:x:data' type='submit'><field var='cmd'><value>stream-moved</value></field>"
                + "<field var='old-conn-jid'><value>c2s@node.test/10.0.0.1_5222_10.0.0.9_4711</value></field></x></command></iq>";
    }

    /** The session manager would take them for its components': whoever says that another's stream has moved to theirs writes as that other. */
    @ParameterizedTest
    @CsvSource({"STREAM_MOVED, set, sess-man@example.test", "STREAM_FINISHED, set, sess-man@example.test", "TLS_HANDSHAKE_COMPLETE, set, sess-man@node.test",
            "STREAM_FINISHED, get, example.test", "STREAM_MOVED, set, example.test"})
    void aClientCanNotForgeWhatAComponentTellsTheSessionManager(Command command, String type, String to) throws Exception {
        login();
        for (String from : List.of("", " from='" + BOBS + "'")) { // which only BOSH leaves in
            assertThat(clients.leaving(ofClient(command(command, "type='" + type + "' to='" + to + "'" + from)))).isNull();
        }
        assertThat(questions).isEmpty();
        assertThat(sent).as("answers").hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sess-man@example.test", "example.test"})
    void anotherServerCanNotForgeItEither(String to) throws Exception {
        assertThat(servers.leaving(packet(command(Command.STREAM_OPENED, "xmlns='jabber:client' type='set' from='x@partner.test' to='" + to + "'")))).isNull();
        assertThat(questions).isEmpty();
    }

    @Test
    void whatAComponentTellsTheSessionManagerGoesOn() {
        Packet ends = Command.STREAM_FINISHED.getPacket(BOBS, JID.jidInstanceNS("sess-man@node.test"), StanzaType.set, "id");
        assertThat(clients.leaving(ends)).isSameAs(ends);
    }

    /** Whoever says something and leaves writes to the room and then to a nickname in it. */
    @Test
    void aGoodbyeFromElsewhereStaysBehindTheMessageToTheRoom() throws Exception {
        assertThat(servers.leaving(packet("<message xmlns='jabber:client' type='groupchat' from='pat@partner.test/a' to='tea@muc.example.test' id='m'><body>last words</body></message>"))).isNull();
        assertThat(servers.leaving(packet("<presence xmlns='jabber:client' type='unavailable' from='pat@partner.test/a' to='tea@muc.example.test/Pat'/>"))).isNull();
        assertThat(wentOn).isEmpty();
    }

    /** What is in the queues of a stream that is still open when its session ends is judged as before. */
    @Test
    void whatARoomKeepsIsJudgedWhereTheSessionHasJustEnded() throws Exception {
        String kept = "<message xmlns='jabber:client' type='groupchat' from='tea@muc.example.test/Ada' to='" + BOB + "'><body>walled</body>"
                + "<delay xmlns='urn:xmpp:delay' from='tea@muc.example.test' stamp='2026-01-01T00:00:00Z'/><stanza-id xmlns='urn:xmpp:sid:0' by='tea@muc.example.test' id='1'/></message>";
        for (boolean hasSession : List.of(true, false)) {
            if (hasSession) {
                login();
            } else {
                connections.clear();
            }
            Packet delivered = packet(kept);
            delivered.setPacketTo(BOBS);
            assertThat(clients.arriving(delivered)).as("with a session: " + hasSession).isNull();
        }
    }

    /** It is marked so, and comes from the recipient's connection, whose session may still be there. */
    @Test
    void whatAStreamThatHasEndedDidNotTakeStaysItsSenders() throws Exception {
        login();
        Packet delivered = packet("<message xmlns='jabber:client' type='chat' from='ada@example.test/desk' to='" + BOB + "' id='m'><body>hi</body></message>");
        delivered.setPacketTo(BOBS);
        Packet undelivered = C2SDeliveryErrorProcessor.makeDeliveryError(delivered, null);
        assertThat(undelivered.getPacketFrom()).isEqualTo(BOBS);
        assertThat(door.arriving(undelivered)).isSameAs(undelivered);
        assertThat(undelivered.getStanzaFrom()).hasToString("ada@example.test/desk");
        assertThat(questions).isEmpty();
    }

    @Test
    void noClientMarksWhatItSendsAsUndelivered() throws Exception {
        Packet early = ofClient("<message type='chat' from='ada@example.test/desk' to='" + BOB + "' id='m'><body>hi</body><delivery-error xmlns='http://tigase.org/delivery-error'/></message>");
        Packet left = clients.leaving(early);
        assertThat(left == null || !C2SDeliveryErrorProcessor.isDeliveryError(left)).isTrue();
    }

    /** BOSH doesn't say whose a packet is. */
    @Test
    void aBoshMessageWhoseSessionEndsWhileItIsHeldGoesOn() throws Exception {
        login();
        assertThat(clients.leaving(ofClient("<message type='chat' to='ada@example.test' id='m'><body>hi</body></message>"))).isNull();
        connections.clear();
        answers.get(0).complete(new Verdict(Decision.allow(List.of(new DeterminingRule("r", Effect.ALLOW, "", false))), new RecordId("node", 0)));
        Packet on = wentOn.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(door.arriving(on)).as("left to the session manager, which drops it").isNull();
        assertThat(sent).singleElement().satisfies(packet -> assertThat(packet.getStanzaFrom()).hasToString(BOB));
    }

    /** Tigase's own start script gives a thread 228 KiB. */
    @Test
    void whatIsTooDeepToBeWrittenIsRefused() throws Exception {
        login();
        Element message = new Element("message", new String[] {"to"}, new String[] {"ada@example.test"});
        Element deepest = message;
        for (int i = 0; i < 3_000; i++) {
            Element child = new Element("x");
            deepest.addChild(child);
            deepest = child;
        }
        Packet deep = Packet.packetInstance(message);
        deep.setPacketFrom(BOBS);
        CompletableFuture<Boolean> goesOn = new CompletableFuture<>();
        new Thread(null, () -> {
            try {
                goesOn.complete(clients.leaving(deep) != null);
            } catch (RuntimeException | Error e) {
                goesOn.completeExceptionally(e);
            }
        }, "small", 228 << 10).start();
        assertThat(goesOn.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isFalse();
        assertThat(sent).as("answers").hasSize(1);
    }
}
