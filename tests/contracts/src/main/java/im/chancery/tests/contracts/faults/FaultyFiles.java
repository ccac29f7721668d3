package im.chancery.tests.contracts.faults;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A view of the default file system in which each operation may go wrong: opening, writing, forcing, renaming, deleting, making a
 * folder, reading. A path of it prints as the real one, so that what takes a path as text works on the same files, whole.
 */
public final class FaultyFiles extends FileSystemProvider {
    private final Faults faults;
    private final View view = new View();
    private final List<String> notErased = new ArrayList<>();
    /** Files whose content a power cut could take back. */
    private final Set<Path> unsynced = new HashSet<>();
    /** Files and folders whose entry in their folder it could. */
    private final Set<Path> unentered = new HashSet<>();

    public FaultyFiles(Faults faults) {
        this.faults = faults;
    }

    /** The same path in this file system. */
    public Path path(Path real) {
        return wrap(real);
    }

    /** The files of keys that were deleted, and not overwritten with zeros before. */
    public synchronized List<String> notErased() {
        return List.copyOf(notErased);
    }

    /** Whether a power cut couldn't take back this file, or its entry in its folder, or that of a folder between it and {@code top}. */
    public synchronized boolean isSynced(Path file, Path top) {
        for (Path at = file; !at.equals(top); at = at.getParent()) {
            if (unentered.contains(at)) {
                return false;
            }
        }
        return !unsynced.contains(file);
    }

    synchronized void changed(Path path) {
        unsynced.add(real(path));
    }

    /** A file's content, or all entries of a folder. */
    synchronized void synced(Path path) {
        unsynced.remove(real(path));
        unentered.removeIf(entry -> real(path).equals(entry.getParent()));
    }

    private synchronized void entered(Path path) {
        unentered.add(real(path));
    }

    private synchronized void renamed(Path source, Path target) {
        if (unsynced.remove(real(source))) {
            unsynced.add(real(target));
        }
        unentered.remove(real(source));
        unentered.add(real(target));
    }

    private synchronized void deleted(Path path) {
        unsynced.remove(real(path));
        unentered.remove(real(path));
    }

    private Path wrap(Path real) {
        return (Path) Proxy.newProxyInstance(Faulty.class.getClassLoader(), new Class<?>[] {Faulty.class}, (self, method, args) -> {
            switch (method.getName()) {
                case "real":
                    return real;
                case "getFileSystem":
                    return view;
                case "equals":
                    return args[0] instanceof Path other && real.equals(real(other));
                case "toFile":
                    throw new UnsupportedOperationException("a file of java.io would never fail");
                default:
                    Object[] reals = args == null ? null : args.clone();
                    for (int i = 0; reals != null && i < reals.length; i++) {
                        reals[i] = reals[i] instanceof Path path ? real(path) : reals[i];
                    }
                    try {
                        Object result = method.invoke(real, reals);
                        return result instanceof Path path ? wrap(path) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
            }
        });
    }

    /** What tells a path of this file system from others. */
    private interface Faulty extends Path {
        Path real();
    }

    private static Path real(Path path) {
        return path instanceof Faulty faulty ? faulty.real() : path;
    }

    private <T> T run(String what, Path path, Faults.Operation<T, IOException> operation) throws IOException {
        return faults.run(what + " " + path, FaultyFiles::failed, operation);
    }

    static IOException failed() {
        return new IOException("No space left on device, or another error of the disk");
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return run("open", path, () -> {
            boolean made = !Files.exists(real(path));
            FileChannel whole = FileChannel.open(real(path), options, attributes);
            if (made) {
                changed(path);
                entered(path);
            }
            return new FaultyChannel(path, whole, faults, this);
        });
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
        DirectoryStream<Path> reals = run("list", folder, () -> Files.newDirectoryStream(real(folder)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> each = reals.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return each.hasNext();
                    }

                    @Override
                    public Path next() {
                        return wrap(each.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                reals.close();
            }
        };
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
        run("make folder", folder, () -> {
            Files.createDirectory(real(folder), attributes);
            entered(folder);
            return null;
        });
    }

    @Override
    public void delete(Path path) throws IOException {
        run("delete", path, () -> {
            noteUnlessErased(path);
            Files.delete(real(path));
            deleted(path);
            return null;
        });
    }

    /** A key's file that isn't whole yet, or whose content was replaced, has nothing to erase that isn't erased elsewhere. */
    private void noteUnlessErased(Path path) throws IOException {
        if (path.toString().endsWith(".key")) {
            for (byte b : Files.readAllBytes(real(path))) {
                if (b != 0) {
                    synchronized (this) {
                        notErased.add(path.toString());
                    }
                    return;
                }
            }
        }
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        run("rename to", target, () -> {
            Files.move(real(source), real(target), options);
            renamed(source, target);
            return null;
        });
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        real(path).getFileSystem().provider().checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        return Files.getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options) throws IOException {
        return Files.readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return Files.readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        run("set " + attribute, path, () -> {
            Files.setAttribute(real(path), attribute, value, options);
            return null;
        });
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        return Files.isSameFile(real(path), real(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return Files.isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return Files.getFileStore(real(path));
    }

    @Override
    public String getScheme() {
        return "faulty";
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return view;
    }

    @Override
    public Path getPath(URI uri) {
        throw new UnsupportedOperationException();
    }

    /** The file system, of which nothing but its provider is asked. */
    private final class View extends FileSystem {
        private final FileSystem whole = Path.of("").getFileSystem();

        @Override
        public FileSystemProvider provider() {
            return FaultyFiles.this;
        }

        @Override
        public Path getPath(String first, String... more) {
            return wrap(whole.getPath(first, more));
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return whole.getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return whole.getFileStores();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return whole.supportedFileAttributeViews();
        }

        @Override
        public PathMatcher getPathMatcher(String pattern) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            return whole.getUserPrincipalLookupService();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }
    }
}
