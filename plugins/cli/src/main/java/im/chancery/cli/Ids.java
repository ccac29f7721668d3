package im.chancery.cli;

import im.chancery.core.RecordId;

/** Ids of records and of holds, which are records too. */
final class Ids {
    private Ids() {
    }

    /** The id as a part of a path. */
    static String path(String id, String what) {
        try {
            return RecordId.parse(id).toString();
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, what + " is ORIGIN/INDEX, such as node-1/42, found '" + Text.line(id) + "'");
        }
    }
}
