package im.chancery.engine.extension;

import im.chancery.core.config.ConfigException;
import im.chancery.core.extension.Extension;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The class loader of one entry: it sees its jar, the JDK, and of the engine what the SPI is made of. What a jar brings of its own libraries is
 * found there, whatever versions the engine, its host or another extension have; what it brings of the SPI's packages isn't looked at.
 *
 * <p>The jar is a copy without a name, opened before it was deleted: what becomes of the file in the folder changes nothing here, and nothing is
 * left behind, however the process ends. The URLs that a {@link URLClassLoader} takes aren't used: it opens them when it needs something, and follows
 * a jar's manifest and index to others.
 */
final class JarLoader extends URLClassLoader {
    /** What an extension shares with the engine. */
    private static final List<String> SHARED = List.of("im.chancery.core.", "org.jxmpp.", "org.slf4j.");
    /** Which is not the system's loader where the engine lives inside its host. */
    private static final ClassLoader ENGINE = Extension.class.getClassLoader();

    private final JarFile jar;
    private final Manifest manifest;
    /** Where the jar came from, for whoever asks a class for its place. */
    private final URL origin;
    private final URLStreamHandler files = new FromJar();

    static {
        registerAsParallelCapable();
    }

    private JarLoader(String name, URL origin, JarFile jar, Manifest manifest) {
        super("extension-" + name, new URL[0], ClassLoader.getPlatformClassLoader());
        this.origin = origin;
        this.jar = jar;
        this.manifest = manifest;
    }

    /**
     * A loader of these bytes.
     *
     * @param read what was read of the entry's jar
     * @throws ConfigException if they are no jar, or one that would bring others
     */
    static JarLoader of(ExtensionOptions entry, byte[] read) throws ConfigException {
        try {
            JarFile jar = open(read);
            JarLoader loader = new JarLoader(entry.name(), entry.file().toUri().toURL(), jar, manifest(entry, jar));
            String others = loader.manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            if (others == null || others.isBlank()) {
                return loader;
            }
            loader.close();
            throw JarFolder.refused(entry, "whose manifest has Class-Path: " + others);
        } catch (ZipException e) {
            throw JarFolder.refused(entry, "which is no jar");
        } catch (IOException e) {
            throw JarFolder.refused(entry, "which can't be opened by way of a copy: " + e);
        }
    }

    private static Manifest manifest(ExtensionOptions entry, JarFile jar) throws ConfigException, IOException {
        try {
            Manifest manifest = jar.getManifest();
            return manifest == null ? new Manifest() : manifest;
        } catch (IOException e) {
            jar.close(); // nobody else would, and it keeps the copy's place on the disk
            throw JarFolder.refused(entry, "whose manifest can't be read: " + e.getMessage());
        }
    }

    private static JarFile open(byte[] read) throws IOException {
        Path copy = Files.createTempFile("chancery-extension-", ".jar"); // for the engine's user alone
        try {
            Files.write(copy, read);
            return new JarFile(copy.toFile(), true, ZipFile.OPEN_READ | ZipFile.OPEN_DELETE, Runtime.version());
        } finally {
            Files.deleteIfExists(copy); // where it could not be opened
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        return SHARED.stream().anyMatch(name::startsWith) ? ENGINE.loadClass(name) : super.loadClass(name, resolve);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        JarEntry entry = jar.getJarEntry(name.replace('.', '/') + ".class");
        if (entry == null) {
            throw new ClassNotFoundException(name);
        }
        try (InputStream in = jar.getInputStream(entry)) {
            byte[] bytes = in.readAllBytes(); // who has signed it is known only then
            describePackage(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
            return defineClass(name, bytes, 0, bytes.length, new CodeSource(origin, entry.getCodeSigners()));
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    /** Gives it the versions that the manifest tells. */
    private synchronized void describePackage(String name) {
        if (getDefinedPackage(name) == null) {
            definePackage(name, manifest, origin);
        }
    }

    @Override
    public URL findResource(String name) {
        try {
            return jar.getJarEntry(name) == null ? null : new URL(null, new URI("extension", null, "/" + name, null).toASCIIString(), files);
        } catch (URISyntaxException | MalformedURLException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    @Override
    public Enumeration<URL> findResources(String name) {
        URL found = findResource(name);
        return found == null ? Collections.emptyEnumeration() : Collections.enumeration(List.of(found));
    }

    @Override
    public void close() throws IOException {
        super.close();
        jar.close();
    }

    /** Opens what {@link #findResource} names. */
    private final class FromJar extends URLStreamHandler {
        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {
                    connected = true;
                }

                @Override
                public InputStream getInputStream() throws IOException {
                    JarEntry entry = jar.getJarEntry(URI.create(url.toString()).getPath().substring(1));
                    if (entry == null) {
                        throw new FileNotFoundException(url.toString());
                    }
                    return jar.getInputStream(entry);
                }
            };
        }
    }
}
