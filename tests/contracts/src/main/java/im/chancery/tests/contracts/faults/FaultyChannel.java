package im.chancery.tests.contracts.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** An open file whose writes, forces and reads may go wrong. */
final class FaultyChannel extends FileChannel {
    private final Path name;
    private final FileChannel whole;
    private final Faults faults;
    private final FaultyFiles files;

    FaultyChannel(Path name, FileChannel whole, Faults faults, FaultyFiles files) {
        this.name = name;
        this.whole = whole;
        this.faults = faults;
        this.files = files;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        files.changed(name);
        return faults.write("write " + name, FaultyFiles::failed, () -> whole.write(from), () -> {
            ByteBuffer half = half(from);
            int written = whole.write(half);
            from.position(from.position() + written);
            return written;
        });
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        files.changed(name);
        return faults.write("write " + name, FaultyFiles::failed, () -> whole.write(from, position), () -> {
            ByteBuffer half = half(from);
            int written = whole.write(half, position);
            from.position(from.position() + written);
            return written;
        });
    }

    private static ByteBuffer half(ByteBuffer whole) {
        ByteBuffer half = whole.duplicate();
        return half.limit(half.position() + half.remaining() / 2);
    }

    @Override
    public void force(boolean metadata) throws IOException {
        faults.run("force " + name, FaultyFiles::failed, () -> {
            whole.force(metadata);
            files.synced(name);
            return null;
        });
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return faults.run("read " + name, FaultyFiles::failed, () -> whole.read(into));
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        return faults.run("read " + name, FaultyFiles::failed, () -> whole.read(into, position));
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return faults.run("lock " + name, FaultyFiles::failed, () -> whole.tryLock(position, size, shared));
    }

    @Override
    public long position() throws IOException {
        return whole.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        whole.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return whole.size();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        whole.close();
    }

    @Override
    public FileChannel truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
