package im.chancery.engine.config;

import im.chancery.archive.syslog.DatagramTransport;
import im.chancery.archive.syslog.StreamTransport;
import im.chancery.archive.syslog.SyslogTransport;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * Where the audit stream goes: {@code audit-stream:} in the config file.
 *
 * @param options the entry; empty where nothing is sent
 */
public record AuditStreamOptions(Optional<ConfigNode> options) {
    private static final String TLS = "tls";
    private static final String UDP = "udp";
    private static final long PORT = 514;
    private static final long TLS_PORT = 6514;
    private static final List<String> ONLY_TLS = List.of("authority-file", "keystore", "keystore-password-file");

    static final Option OPTION = Option.map("audit-stream",
            "The syslog receiver, such as a SIEM's, that is told of each audit record (RFC 5424). Without it nobody is.",
            Option.of("host", Type.STRING, "Its name or address; with tls its certificate must be one for this.").must(),
            Option.of("port", Type.INTEGER, "Its port; " + TLS_PORT + " for tls and " + PORT + " for the others where it is absent.").between(1, 65_535),
            Option.choice("transport", "How it is spoken to: tls (RFC 5425), tcp (RFC 6587, octet counting) or udp (RFC 5426), which loses messages in silence.",
                    TLS, "tcp", UDP).or(TLS),
            Option.of("authority-file", Type.PATH, "The certificates, PEM, of the authorities that its certificate may come from; Java's own where it is absent. Only for tls."),
            Option.of("keystore", Type.PATH, "This engine's own certificate and key, PKCS#12, where the receiver asks for one. Only for tls."),
            Option.of("keystore-password-file", Type.SECRET, "Where the password of that is."));

    /**
     * Reads the entry of a file that has passed the schema.
     *
     * @throws ConfigException with everything that is wrong in it; no other file is looked at
     */
    public static AuditStreamOptions from(ConfigNode root) throws ConfigException {
        Optional<ConfigNode> stream = root.get("audit-stream");
        List<ConfigProblem> problems = new ArrayList<>();
        stream.ifPresent(s -> {
            if (!transport(s).equals(TLS)) {
                ONLY_TLS.forEach(key -> s.get(key).ifPresent(o -> problems.add(o.problem(key + " for transport " + transport(s), "it only for tls"))));
            }
            if (s.get("keystore").isPresent() != s.get("keystore-password-file").isPresent()) {
                problems.add(s.problem("one of keystore and keystore-password-file", "both or neither"));
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new AuditStreamOptions(stream);
    }

    /**
     * The way there; it isn't connected yet.
     *
     * @throws ConfigException where a file it needs can't be used
     */
    public Optional<SyslogTransport> transport() throws ConfigException {
        if (options.isEmpty()) {
            return Optional.empty();
        }
        ConfigNode stream = options.get();
        String host = stream.text("host", "");
        String kind = transport(stream);
        int port = (int) (long) stream.get("port").map(ConfigNode::integer).orElse(kind.equals(TLS) ? TLS_PORT : PORT);
        return Optional.of(switch (kind) {
            case TLS -> StreamTransport.tls(host, port, factory(stream));
            case UDP -> new DatagramTransport(host, port);
            default -> StreamTransport.tcp(host, port);
        });
    }

    private static String transport(ConfigNode stream) {
        return stream.text("transport", TLS);
    }

    private static SSLSocketFactory factory(ConfigNode stream) throws ConfigException {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            Optional<ConfigNode> authorities = stream.get("authority-file");
            trust.init(authorities.isPresent() ? authorities(authorities.get()) : null);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own(stream), trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    private static KeyStore authorities(ConfigNode file) throws ConfigException {
        try (InputStream in = Files.newInputStream(file.file())) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry(Integer.toString(trusted.size()), authority);
            }
            if (trusted.size() > 0) {
                return trusted;
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new ConfigException(file.problem("a file that can't be read as certificates", "a PEM file of X.509 certificates"));
        }
        throw new ConfigException(file.problem("a file without a certificate", "a PEM file of X.509 certificates"));
    }

    private static KeyManager[] own(ConfigNode stream) throws ConfigException, GeneralSecurityException {
        Optional<ConfigNode> keystore = stream.get("keystore");
        if (keystore.isEmpty()) {
            return new KeyManager[0];
        }
        char[] password = Secret.at(stream.get("keystore-password-file").orElseThrow(), 1).chars();
        try (InputStream in = Files.newInputStream(keystore.get().file())) {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(in, password);
            keys.init(own, password);
            return keys.getKeyManagers();
        } catch (IOException | GeneralSecurityException e) {
            throw new ConfigException(keystore.get().problem("a file that can't be opened with that password", "a PKCS#12 file"));
        }
    }
}
