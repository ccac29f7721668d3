package im.chancery.tests.e2e;

import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletionStage;

/**
 * A client over WebSocket without TLS (RFC 7395). Writes each element as a frame of its own, as section 3.3.3 wants it, and keeps all that has come as text. For
 * one thread.
 */
final class WebSocketClient implements WebSocket.Listener, AutoCloseable {
    private static final String OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";

    private final StringBuffer received = new StringBuffer();
    private final SingleQuotes quotes = new SingleQuotes();
    private WebSocket socket;

    /** Logs in, and binds a resource that the server names. */
    static WebSocketClient logIn(XmppServer server, String localpart) {
        WebSocketClient client = new WebSocketClient();
        client.socket = HttpClient.newHttpClient().newWebSocketBuilder().subprotocols("xmpp")
                .buildAsync(server.webSocket(), client).join();
        client.write(OPEN);
        client.await("</stream:features>");
        client.forget();
        String plain = Base64.getEncoder().encodeToString(("\0" + localpart + "\0" + XmppSetup.PASSWORD).getBytes(StandardCharsets.UTF_8));
        client.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain + "</auth>");
        client.await("<success");
        client.forget();
        client.write(OPEN);
        client.await("</stream:features>");
        client.write("<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        client.await("<jid>" + localpart + "@localhost/");
        client.forget();
        return client;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        received.append(quotes.next(data.toString()));
        from.request(1);
        return null;
    }

    /** Sends one element. */
    void write(String element) {
        socket.sendText(element, true).join();
    }

    /** Waits until this text has arrived, and gives all that has. */
    String await(String text) {
        Deadline.await("«" + text + "» from the server", GatedServer.LIMIT, () -> received().contains(text));
        return received();
    }

    /** All that has arrived since the last {@link #forget}, with attributes in single quotes. */
    String received() {
        return received.toString();
    }

    /** Forgets what has arrived. */
    void forget() {
        received.setLength(0);
    }

    @Override
    public void close() {
        socket.abort();
    }
}
