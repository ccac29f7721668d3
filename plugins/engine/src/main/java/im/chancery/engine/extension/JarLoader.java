package im.chancery.engine.extension;

import im.chancery.core.extension.Extension;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;

/**
 * The class loader of one entry: it sees its jar, the JDK, and of the engine what the SPI is made of. What a jar brings of its own libraries is
 * found there, whatever versions the engine, its host or another extension have; what it brings of the SPI's packages isn't looked at.
 */
final class JarLoader extends URLClassLoader {
    /** What an extension shares with the engine. */
    private static final List<String> SHARED = List.of("im.chancery.core.", "org.jxmpp.", "org.slf4j.");
    /** Which is not the system's loader where the engine lives inside its host. */
    private static final ClassLoader ENGINE = Extension.class.getClassLoader();

    static {
        registerAsParallelCapable();
    }

    JarLoader(String name, Path jar) throws MalformedURLException {
        super("extension-" + name, new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        return SHARED.stream().anyMatch(name::startsWith) ? ENGINE.loadClass(name) : super.loadClass(name, resolve);
    }
}
