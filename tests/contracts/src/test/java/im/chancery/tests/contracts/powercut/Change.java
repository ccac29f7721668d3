package im.chancery.tests.contracts.powercut;

/**
 * One thing that a process has done to its files. A node is a file or a folder, whatever its name; they are numbered from 1, and 0 is none.
 * Moments are places in the trace.
 */
abstract sealed class Change {
    static final long NEVER = Long.MAX_VALUE;

    /** When it began. After this it may be on the disk. */
    final long begun;
    /** When the process knew that it was done, on the disk or not. */
    final long done;
    /** From when on it is on the disk for sure, because a sync that began after it has ended; else {@link #NEVER}. */
    long sure = NEVER;

    private Change(long begun, long done) {
        this.begun = begun;
        this.done = done;
    }

    /** Bytes written to a file; a page is what Derby relies on being written whole. */
    static final class Write extends Change {
        final int node;
        final boolean page;
        final long offset;
        final byte[] bytes;

        Write(long begun, long done, int node, boolean page, long offset, byte[] bytes) {
            super(begun, done);
            this.node = node;
            this.page = page;
            this.offset = offset;
            this.bytes = bytes;
        }
    }

    /** A file's length set. */
    static final class Length extends Change {
        final int node;
        final long length;

        Length(long begun, long done, int node, long length) {
            super(begun, done);
            this.node = node;
            this.length = length;
        }
    }

    /**
     * A name in a folder given to a node, or taken away ({@code node} 0); and in the same step another name of this folder taken away, if
     * there is one: a rename.
     */
    static final class Entry extends Change {
        final int folder;
        final String name;
        final int node;
        final String gone;

        Entry(long begun, long done, int folder, String name, int node, String gone) {
            super(begun, done);
            this.folder = folder;
            this.name = name;
            this.node = node;
            this.gone = gone;
        }
    }
}
