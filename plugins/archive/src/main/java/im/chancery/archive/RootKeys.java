package im.chancery.archive;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.NavigableMap;
import java.util.TreeMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The keystore: generations of the root key, under which all other keys are wrapped, and the log's signing key. A BCFKS
 * file, which encrypts and authenticates everything in it under the password. Safe for many threads.
 */
final class RootKeys {
    private static final String ROOT = "root-";
    private static final String SIGNING = "log-signing";
    private static final int ED25519_KEY = 32;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    /** Bouncy Castle is used as an object and not registered, so that it changes no one else's algorithms. */
    private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

    private final Path file;
    private final char[] password;
    private NavigableMap<Integer, SecretKey> generations = new TreeMap<>();
    private final KeyPair signing;
    private final Certificate certificate;
    private final SecureRandom random = new SecureRandom();

    private RootKeys(Path file, char[] password, KeyPair signing, Certificate certificate) {
        this.file = file;
        this.password = password;
        this.signing = signing;
        this.certificate = certificate;
    }

    /**
     * Makes a keystore with a first root key and a signing key.
     *
     * @throws ArchiveException if it can't be written
     */
    static RootKeys create(Path file, char[] password, String origin, Clock clock) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519", PROVIDER).generateKeyPair();
            RootKeys keys = new RootKeys(file, password, pair, selfSigned(pair, origin, clock));
            keys.generations.put(1, keys.newRoot());
            keys.store(keys.generations);
            return keys;
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new ArchiveException("keystore " + file + ": can't be made", e);
        }
    }

    /**
     * Reads a keystore.
     *
     * @throws ArchiveException if the password is wrong, the file was changed, or a key is missing
     */
    static RootKeys load(Path file, char[] password) {
        try {
            KeyStore store = KeyStore.getInstance("BCFKS", PROVIDER);
            store.load(new ByteArrayInputStream(Files.readAllBytes(file)), password);
            if (!(store.getKey(SIGNING, password) instanceof PrivateKey signer)) {
                throw new ArchiveException("keystore " + file + ": has no key '" + SIGNING + "'");
            }
            Certificate certificate = store.getCertificate(SIGNING);
            RootKeys keys = new RootKeys(file, password, new KeyPair(certificate.getPublicKey(), signer), certificate);
            for (String alias : Collections.list(store.aliases())) {
                if (alias.startsWith(ROOT) && store.getKey(alias, password) instanceof SecretKey root) {
                    keys.generations.put(Integer.parseInt(alias.substring(ROOT.length())), root);
                }
            }
            if (keys.generations.isEmpty()) {
                throw new ArchiveException("keystore " + file + ": has no root key");
            }
            return keys;
        } catch (GeneralSecurityException | IOException | NumberFormatException e) {
            throw new ArchiveException("keystore " + file + ": wrong password, or the file was changed", e);
        }
    }

    /** Signs with Ed25519 (RFC 8032). */
    byte[] sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance("Ed25519", PROVIDER);
            signature.initSign(signing.getPrivate());
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 refused to sign", e);
        }
    }

    /** The public key that goes with {@link #sign}, 32 bytes as RFC 8032 encodes it. */
    byte[] publicKey() {
        byte[] spki = signing.getPublic().getEncoded();
        return Arrays.copyOfRange(spki, spki.length - ED25519_KEY, spki.length);
    }

    /** The generation that new keys are wrapped under. */
    synchronized int generation() {
        return generations.lastKey();
    }

    /** Adds a generation, durably, and wraps under it from now on. */
    synchronized int addGeneration() {
        NavigableMap<Integer, SecretKey> more = new TreeMap<>(generations);
        int next = generations.lastKey() + 1;
        more.put(next, newRoot());
        replace(more);
        return next;
    }

    /** Forgets all generations before this one, durably. What was wrapped under them can't be unwrapped again. */
    synchronized void forgetBefore(int generation) {
        replace(new TreeMap<>(generations.tailMap(generation, true)));
    }

    /** Wraps under the newest generation: {@code generation ‖ nonce ‖ AES-256-GCM}, bound to {@code context}. */
    synchronized byte[] wrap(byte[] secret, byte[] context) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        int generation = generations.lastKey();
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, generation, nonce, context);
            return new ByteSink().u32(generation).raw(nonce).raw(cipher.doFinal(secret)).bytes();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused to wrap", e);
        }
    }

    /**
     * Unwraps what {@link #wrap} made.
     *
     * @throws ArchiveException if it was changed, belongs to another context, or its generation is gone
     */
    synchronized byte[] unwrap(byte[] wrapped, byte[] context, String what) {
        ByteSource source = new ByteSource(wrapped, what);
        int generation = source.u32();
        byte[] nonce = source.raw(NONCE);
        if (source.remaining() < TAG_BITS / 8) {
            throw new ArchiveException(what + ": is cut short");
        }
        if (!generations.containsKey(generation)) {
            throw new ArchiveException(what + ": wrapped under root key generation " + generation + ", which the keystore doesn't have");
        }
        try {
            return cipher(Cipher.DECRYPT_MODE, generation, nonce, context).doFinal(source.raw(source.remaining()));
        } catch (AEADBadTagException e) {
            throw new ArchiveException(what + ": was changed, or is another bucket's", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused to unwrap", e);
        }
    }

    private Cipher cipher(int mode, int generation, byte[] nonce, byte[] context) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
        cipher.init(mode, generations.get(generation), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(new ByteSink().u32(generation).raw(context).bytes());
        return cipher;
    }

    private SecretKey newRoot() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        SecretKey key = new SecretKeySpec(bytes, "AES");
        Arrays.fill(bytes, (byte) 0);
        return key;
    }

    /** Only what is stored is used: a key wrapped under a generation that the keystore doesn't have is lost at the next start. */
    private void replace(NavigableMap<Integer, SecretKey> next) {
        try {
            store(next);
            generations = next;
        } catch (GeneralSecurityException | IOException e) {
            throw new ArchiveException("keystore " + file + ": can't be written", e);
        }
    }

    private void store(NavigableMap<Integer, SecretKey> roots) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("BCFKS", PROVIDER);
        store.load(null, null);
        store.setKeyEntry(SIGNING, signing.getPrivate(), password, new Certificate[] {certificate});
        for (var root : roots.entrySet()) {
            store.setKeyEntry(ROOT + root.getKey(), root.getValue(), password, null);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.store(bytes, password);
        DurableFiles.replaceSecret(file, bytes.toByteArray());
    }

    /** A keystore wants a certificate for a private key. Nobody relies on this one; the log's public key is its vkey. */
    private static X509Certificate selfSigned(KeyPair pair, String origin, Clock clock)
            throws OperatorCreationException, GeneralSecurityException {
        Instant now = clock.instant();
        X500Name name = new X500Name("CN=" + origin);
        var builder = new JcaX509v3CertificateBuilder(name, BigInteger.ONE, Date.from(now),
                Date.from(now.plus(Duration.ofDays(36_500))), name, pair.getPublic());
        var signer = new JcaContentSignerBuilder("Ed25519").setProvider(PROVIDER).build(pair.getPrivate());
        return new JcaX509CertificateConverter().setProvider(PROVIDER).getCertificate(builder.build(signer));
    }
}
