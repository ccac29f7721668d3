package im.chancery.tests.contracts;

import im.chancery.core.extension.Extension;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Makes jars of extensions, as somebody's build would. */
public final class ExtensionJar {
    private static final String SERVICE = "META-INF/services/" + Extension.class.getName();

    private ExtensionJar() {
    }

    /** A jar with {@link ObedientExtension}. */
    public static Path obedient(Path jar) throws IOException {
        return write(jar, ObedientExtension.class.getName(), ObedientExtension.class);
    }

    /**
     * A jar with these classes, without those within them.
     *
     * @param service what it says of its extensions: names of classes, one on each line; {@code null} for nothing
     */
    public static Path write(Path jar, String service, Class<?>... classes) throws IOException {
        return write(jar, service, Map.of(), classes);
    }

    /** The same with other files in it, by their names. */
    public static Path write(Path jar, String service, Map<String, String> files, Class<?>... classes) throws IOException {
        Files.createDirectories(jar.getParent());
        try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file)) {
            for (Map.Entry<String, String> other : files.entrySet()) {
                out.putNextEntry(new JarEntry(other.getKey()));
                out.write(other.getValue().getBytes(StandardCharsets.UTF_8));
            }
            for (Class<?> type : classes) {
                String name = type.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(name));
                try (InputStream bytes = type.getClassLoader().getResourceAsStream(name)) {
                    bytes.transferTo(out);
                }
            }
            if (service != null) {
                out.putNextEntry(new JarEntry(SERVICE));
                out.write(service.getBytes(StandardCharsets.UTF_8));
            }
        }
        return jar;
    }
}
