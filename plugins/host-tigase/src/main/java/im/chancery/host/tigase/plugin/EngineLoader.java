package im.chancery.host.tigase.plugin;

import java.io.IOException;
import java.net.URL;
import java.net.URISyntaxException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Loads the binding and the engine from the folder {@code chancery} beside this class's jar. Their libraries come first, so that the host's
 * versions of the same ones (Derby, JDBC drivers, SLF4J) and ours don't meet; from the host come the JDK, Tigase and this package only.
 */
final class EngineLoader extends URLClassLoader {
    private static final String OWN = EngineLoader.class.getPackageName() + ".";
    private static final String FOLDER = "chancery";

    static {
        registerAsParallelCapable();
    }

    private EngineLoader(URL[] jars, ClassLoader host) {
        super("chancery", jars, host);
    }

    /**
     * A loader of what lies in the folder.
     *
     * @throws IOException if the folder is not there, or empty
     */
    static EngineLoader open() throws IOException {
        Path folder = ownJar().resolveSibling(FOLDER);
        List<URL> jars = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path jar : (Iterable<Path>) files.filter(f -> f.toString().endsWith(".jar")).sorted()::iterator) {
                    jars.add(jar.toUri().toURL());
                }
            }
        }
        if (jars.isEmpty()) {
            throw new IOException(folder + ": found no jars; scripts/install-tigase-plugin puts them there");
        }
        return new EngineLoader(jars.toArray(URL[]::new), EngineLoader.class.getClassLoader());
    }

    private static Path ownJar() throws IOException {
        try {
            return Path.of(EngineLoader.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toAbsolutePath();
        } catch (URISyntaxException e) {
            throw new IOException("the plugin's jar has no place in the file system", e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (name.startsWith("tigase.") || name.startsWith(OWN)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> type = findLoadedClass(name);
            if (type == null) {
                type = findHere(name);
            }
            if (type == null) {
                type = getPlatformClassLoader().loadClass(name);
            }
            if (resolve) {
                resolveClass(type);
            }
            return type;
        }
    }

    private Class<?> findHere(String name) {
        try {
            return findClass(name);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    @Override
    public URL getResource(String name) {
        URL here = findResource(name);
        return here != null ? here : getPlatformClassLoader().getResource(name);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        return findResources(name);
    }
}
