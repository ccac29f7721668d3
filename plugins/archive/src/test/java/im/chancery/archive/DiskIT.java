package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real disk runs full, and becomes read-only under an open archive, as the kernel makes it after an error. Both need a mount namespace of
 * their own; the second also root, for a loop device.
 */
class DiskIT {
    private static final long SIZE = 64L << 20;

    @TempDir
    Path folder;

    @Test
    void aFullDiskShouldRefuseAndGoOnWhenThereIsSpace() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        String said = run(List.of("unshare", "--map-root-user", "--mount"), "mount -t tmpfs -o size=" + SIZE + " none \"$0\"", disk, "full");
        assertThat(said).contains("on a full disk").contains("verified");
    }

    @Test
    void aDiskThatBecomesReadOnlyShouldRefuseAndLoseNothing() throws Exception {
        assertThat(System.getProperty("user.name")).as("a loop device needs root").isEqualTo("root");
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Path image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        String mount = "mount -o loop " + image + " \"$0\"";
        String said = run(List.of("unshare", "--mount"), "mkfs.ext4 -q " + image + " && " + mount, disk, "read-only");
        assertThat(said).contains("on a read-only disk");
        String acknowledged = said.replaceAll("(?s).*acknowledged (\\d+).*", "$1");
        assertThat(run(List.of("unshare", "--mount"), mount, disk, "verify", acknowledged)).contains("verified " + acknowledged);
    }

    private String run(List<String> namespace, String prepare, Path disk, String... arguments) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        List<String> command = new ArrayList<>(namespace);
        command.addAll(List.of("sh", "-c", prepare + " && exec \"$@\"", disk.toString(), Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-cp", System.getProperty("java.class.path"), DiskChild.class.getName(), disk.toString()));
        command.addAll(List.of(arguments));
        Process child = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        int code = child.waitFor();
        String said = Files.readString(output);
        assertThat(code).as(said).isZero();
        return said;
    }
}
