package im.chancery.archive;

import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The key folder, apart from the data folder: the keystore, a file for each bucket's key, and a file for the survivors
 * of each bucket that was destroyed in part. Nothing about keys is anywhere else. Safe for many threads.
 *
 * <pre>
 * root.bcfks                              {@link RootKeys}
 * buckets/ORIGIN/CLASS/DAY.key            the bucket's key, wrapped
 * buckets/ORIGIN/CLASS/DAY.survivors      the survivors' data keys, wrapped
 * marks/ORIGIN/checkpoint                 {@link HighWaterMark}
 * </pre>
 *
 * It may have been another node's before (see {@link HighWaterMark#predecessors}); that node's keys stay where they are.
 */
final class KeyFolder {
    static final String BUCKETS = "buckets";
    private static final byte[] KEY_MAGIC = "CHBK\u0001".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] SURVIVORS_MAGIC = "CHSV\u0001".getBytes(StandardCharsets.ISO_8859_1);
    private static final String KEY_SUFFIX = ".key";
    private static final String SURVIVORS_SUFFIX = ".survivors";

    private final Path buckets;
    private final RootKeys root;
    private final DurableFolders folders;
    private final String origin;
    private final SecureRandom random = new SecureRandom();
    /** Held while files are read and written. Fair: a change of root key comes back for it after each file, and must not overtake who waits. */
    private final ReentrantLock changes = new ReentrantLock(true);
    private final ConcurrentHashMap<BucketId, BucketKey> opened = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<BucketId, NavigableMap<Long, byte[]>> survivors = new ConcurrentHashMap<>();

    KeyFolder(Path folder, RootKeys root, String origin) {
        this.buckets = folder.resolve(BUCKETS);
        this.root = root;
        this.folders = new DurableFolders(folder);
        this.origin = origin;
    }

    /**
     * Opens the key folder, or makes it if nothing is there yet.
     *
     * @param mayCreate false if the archive holds records already: a lost keystore must not be replaced in silence
     */
    static KeyFolder open(Path folder, KeystorePassword source, String origin, boolean mayCreate, Clock clock) {
        Path keystore = folder.resolve("root.bcfks");
        char[] password = source.read();
        if (Files.exists(keystore)) {
            KeyFolder found = openToRead(folder, () -> password, origin);
            found.eraseRemains(keystore);
            return found;
        }
        if (!mayCreate || Files.exists(folder.resolve(BUCKETS))) {
            throw new ArchiveException("keystore " + keystore + ": not there, but the archive was used before; restore the key folder");
        }
        try {
            DurableFiles.makeSecretFolder(folder);
            RootKeys root = RootKeys.create(keystore, password, origin, clock);
            DurableFiles.makeSecretFolder(folder.resolve(BUCKETS));
            return new KeyFolder(folder, root, origin);
        } catch (IOException e) {
            throw new ArchiveException("key folder " + folder + ": can't be made", e);
        }
    }

    /** Erases what writes that a crash cut short have left: copies of keys that nobody would destroy with the keys. */
    private void eraseRemains(Path keystore) {
        try {
            DurableFiles.erase(DurableFiles.temporary(keystore));
            for (Path file : files(List.of(DurableFiles.TEMPORARY))) {
                DurableFiles.erase(file);
            }
        } catch (IOException e) {
            throw new ArchiveException("key folder " + buckets.getParent() + ": what a crash has left can't be erased", e);
        }
    }

    /** Opens a key folder and changes nothing in it; an engine may have it in use. */
    static KeyFolder openToRead(Path folder, KeystorePassword source, String origin) {
        return new KeyFolder(folder, RootKeys.load(folder.resolve("root.bcfks"), source.read()), origin);
    }

    RootKeys root() {
        return root;
    }

    /**
     * The bucket's key, made if there is none. A new one is on stable storage, with its folder, before this returns.
     * Must not be asked for a bucket that was ever destroyed.
     */
    BucketKey create(BucketId bucket) throws IOException {
        changes.lock();
        try {
            Path file = file(bucket, KEY_SUFFIX);
            folders.make(file.getParent());
            Optional<BucketKey> known = find(bucket);
            if (known.isPresent()) {
                DurableFiles.sync(file.getParent()); // it may be there because a sync has failed
                return known.get();
            }
            byte[] secret = new byte[BucketKey.LENGTH];
            random.nextBytes(secret);
            DurableFiles.writeSecret(file, sealed(head(KEY_MAGIC, origin, bucket), secret));
            BucketKey key = new BucketKey(secret);
            Arrays.fill(secret, (byte) 0);
            opened.put(bucket, key);
            return key;
        } finally {
            changes.unlock();
        }
    }

    /**
     * The bucket's key; empty if it was destroyed, or never made.
     *
     * @throws ArchiveException if its file was changed
     */
    Optional<BucketKey> find(BucketId bucket) {
        BucketKey known = opened.get(bucket);
        if (known != null) {
            return Optional.of(known);
        }
        changes.lock();
        try {
            Optional<BucketKey> key = read(file(bucket, KEY_SUFFIX), head(KEY_MAGIC, origin, bucket)).map(BucketKey::new);
            key.ifPresent(k -> opened.put(bucket, k));
            return key;
        } finally {
            changes.unlock();
        }
    }

    /** Whether the file of the bucket's key is there, readable or not. */
    boolean hasKeyFile(BucketId bucket) {
        return Files.exists(file(bucket, KEY_SUFFIX));
    }

    /** Whether the file of its survivors is there, readable or not. */
    boolean hasSurvivorsFile(BucketId bucket) {
        return Files.exists(file(bucket, SURVIVORS_SUFFIX));
    }

    /** The data key of a record: from its bucket's key, or from the survivors; empty if it was destroyed. */
    Optional<byte[]> dataKey(BucketId bucket, long index) {
        Optional<BucketKey> key = find(bucket);
        if (key.isPresent()) {
            return Optional.of(key.get().dataKey(new RecordId(origin, index)));
        }
        return survivors(bucket).map(keys -> keys.get(index));
    }

    /** The data keys of a bucket's survivors by leaf index; empty if the bucket has no such file. */
    Optional<NavigableMap<Long, byte[]>> survivors(BucketId bucket) {
        NavigableMap<Long, byte[]> known = survivors.get(bucket);
        if (known != null) {
            return Optional.of(known);
        }
        changes.lock();
        try {
            Path file = file(bucket, SURVIVORS_SUFFIX);
            Optional<NavigableMap<Long, byte[]>> keys = read(file, head(SURVIVORS_MAGIC, origin, bucket)).map(plain -> dataKeys(plain, file));
            keys.ifPresent(k -> survivors.put(bucket, k));
            return keys;
        } finally {
            changes.unlock();
        }
    }

    private static NavigableMap<Long, byte[]> dataKeys(byte[] plain, Path file) {
        ByteSource source = new ByteSource(plain, file.toString());
        NavigableMap<Long, byte[]> keys = new TreeMap<>();
        while (source.remaining() > 0) {
            keys.put(source.u64(), source.raw(BucketKey.LENGTH));
        }
        return keys;
    }

    /** Keeps the survivors' data keys, in place of any kept before. On stable storage before this returns. */
    void keepSurvivors(BucketId bucket, NavigableMap<Long, byte[]> keys) throws IOException {
        changes.lock();
        try {
            ByteSink plain = new ByteSink();
            keys.forEach((index, key) -> plain.u64(index).raw(key));
            Path file = file(bucket, SURVIVORS_SUFFIX);
            folders.make(file.getParent());
            DurableFiles.replaceSecret(file, sealed(head(SURVIVORS_MAGIC, origin, bucket), plain.bytes()));
            survivors.put(bucket, new TreeMap<>(keys));
        } finally {
            changes.unlock();
        }
    }

    /** Destroys the bucket's key. Repeats safely. @return whether there was one */
    boolean destroyKey(BucketId bucket) throws IOException {
        changes.lock();
        try {
            opened.remove(bucket);
            Path file = file(bucket, KEY_SUFFIX);
            boolean was = Files.exists(file);
            erase(file);
            return was;
        } finally {
            changes.unlock();
        }
    }

    /** Destroys the keys of all survivors of a bucket. Repeats safely. */
    void destroySurvivors(BucketId bucket) throws IOException {
        changes.lock();
        try {
            survivors.remove(bucket);
            erase(file(bucket, SURVIVORS_SUFFIX));
        } finally {
            changes.unlock();
        }
    }

    /** With a copy that a write which failed may have left. */
    private static void erase(Path file) throws IOException {
        DurableFiles.erase(DurableFiles.temporary(file));
        DurableFiles.erase(file);
    }

    /** What a rotation came to: the new generation, and how many files were wrapped anew. */
    record Rotation(int generation, int files) {
    }

    /**
     * Adds a root generation, wraps every key anew under it, those of earlier nodes too, and forgets the older ones. Repeats
     * safely after a crash, for each file says which generation it is wrapped under. Others have their turn after each file.
     */
    Rotation rotate() throws IOException {
        int generation;
        List<KeyFile> files;
        changes.lock();
        try {
            files = keyFiles(); // before anything is changed: where a name is refused, the root key stays as it is
            generation = root.addGeneration(); // what is made from here on is wrapped under it already
        } finally {
            changes.unlock();
        }
        for (KeyFile file : files) {
            wrapAnew(file);
        }
        root.forgetBefore(generation);
        return new Rotation(generation, files.size());
    }

    /** Read and written in one, or a key that is destroyed in between would come back. */
    private void wrapAnew(KeyFile file) throws IOException {
        changes.lock();
        try {
            Optional<byte[]> secret = read(file.path(), file.head());
            if (secret.isEmpty()) {
                DurableFiles.erase(file.path());
                return;
            }
            DurableFiles.replaceSecret(file.path(), sealed(file.head(), secret.get()));
            Arrays.fill(secret.get(), (byte) 0);
        } finally {
            changes.unlock();
        }
    }

    /** A file and the head that it has by its name. */
    private record KeyFile(Path path, byte[] head) {
    }

    private List<KeyFile> keyFiles() throws IOException {
        List<KeyFile> all = new ArrayList<>();
        for (Path file : files(List.of(KEY_SUFFIX, SURVIVORS_SUFFIX))) {
            all.add(new KeyFile(file, headByName(file)));
        }
        return all;
    }

    /** @throws ArchiveException if the name is none of a bucket's files: somebody has put it there, and what it is can't be told */
    private byte[] headByName(Path file) {
        Path name = buckets.relativize(file);
        String suffix = file.toString().endsWith(KEY_SUFFIX) ? KEY_SUFFIX : SURVIVORS_SUFFIX;
        try {
            String bucket = name.subpath(1, name.getNameCount()).toString();
            return head(suffix.equals(KEY_SUFFIX) ? KEY_MAGIC : SURVIVORS_MAGIC, name.getName(0).toString(),
                    BucketId.parse(bucket.substring(0, bucket.length() - suffix.length())));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new ArchiveException("key file " + file + ": found '" + name + "' in " + buckets + "; allowed there: ORIGIN/CLASS/DAY" + suffix
                    + " with a day such as 2026-11-22. Take it out of the key folder; if it is the copy of a key, it outlives what is destroyed until it is erased", e);
        }
    }

    private List<Path> files(List<String> suffixes) throws IOException {
        if (!Files.isDirectory(buckets)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(buckets)) {
            return all.filter(p -> suffixes.stream().anyMatch(p.toString()::endsWith)).sorted().toList();
        }
    }

    private byte[] sealed(byte[] head, byte[] secret) {
        return new ByteSink().raw(head).raw(root.wrap(secret, head)).bytes();
    }

    private Optional<byte[]> read(Path file, byte[] head) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new ArchiveException("key file " + file + ": can't be read: " + e, e);
        }
        if (bytes.length > 0 && bytes[0] == 0) {
            return Optional.empty(); // an erasure that was cut short: the key is gone, its file not yet
        }
        if (bytes.length < head.length || !Arrays.equals(bytes, 0, head.length, head, 0, head.length)) {
            throw new ArchiveException("key file " + file + ": its head was changed, or is another bucket's");
        }
        return Optional.of(root.unwrap(Arrays.copyOfRange(bytes, head.length, bytes.length), head, "key file " + file));
    }

    private static byte[] head(byte[] magic, String origin, BucketId bucket) {
        return new ByteSink().raw(magic).shortText(origin).shortText(bucket.toString()).bytes();
    }

    private Path file(BucketId bucket, String suffix) {
        return buckets.resolve(origin).resolve(bucket.recordClass()).resolve(bucket.day() + suffix);
    }
}
