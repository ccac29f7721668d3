package im.chancery.tests.monitoring;

import im.chancery.core.extension.Extension;
import im.chancery.core.extension.Opinion;
import im.chancery.core.extension.Submission;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** An extension that fails when it is asked about the word {@code throw}. */
public final class ThrowingExtension implements Extension {
    /** Made by {@link java.util.ServiceLoader}. */
    public ThrowingExtension() {
    }

    @Override
    public Opinion judge(Submission submission) {
        if (submission.text().equals("throw")) {
            throw new IllegalStateException("as it was told");
        }
        return Opinion.none();
    }

    /** Makes a jar with it. */
    static void jar(Path jar) throws IOException {
        String file = ThrowingExtension.class.getName().replace('.', '/') + ".class";
        Files.createDirectories(jar.getParent());
        try (OutputStream bytes = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(bytes); InputStream type = ThrowingExtension.class.getClassLoader().getResourceAsStream(file)) {
            out.putNextEntry(new JarEntry(file));
            type.transferTo(out);
            out.putNextEntry(new JarEntry("META-INF/services/" + Extension.class.getName()));
            out.write(ThrowingExtension.class.getName().getBytes(StandardCharsets.UTF_8));
        }
    }
}
