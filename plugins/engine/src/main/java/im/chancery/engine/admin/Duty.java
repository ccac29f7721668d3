package im.chancery.engine.admin;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a person may do through the API. A token has exactly one, and no name has tokens of two duties (static separation of
 * duty): who reads can't release a hold, who administers can't read.
 */
enum Duty {
    /** Finds and opens records. */
    READER("reader"),
    /** Places and releases holds, and approves disposition. */
    RECORDS_OFFICER("records-officer"),
    /** Runs the servers: rules, presence, cluster, status. */
    ADMINISTRATOR("administrator");

    private final String word;

    Duty(String word) {
        this.word = word;
    }

    /** The duty as it is written in the tokens file. */
    String word() {
        return word;
    }

    static Optional<Duty> of(String word) {
        return Arrays.stream(values()).filter(d -> d.word.equals(word)).findFirst();
    }

    static String allowed() {
        return Arrays.stream(values()).map(Duty::word).collect(Collectors.joining(", "));
    }
}
