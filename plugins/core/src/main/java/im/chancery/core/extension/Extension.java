package im.chancery.core.extension;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import java.util.List;

/**
 * Judges what people send, beside the roles: it may refuse, annotate the record, assent, or only look on. It can make nothing pass that the
 * roles or another extension refuse. Its jar names the one class in
 * {@code META-INF/services/im.chancery.core.extension.Extension}; the class is public with a public constructor without arguments.
 *
 * <p>The engine makes one instance for each entry of {@code extensions.use} and calls it in this order: {@link #options},
 * {@link #start}, {@link #judge} any number of times, {@link #close}. All calls come from threads of this entry alone, {@code judge} from
 * as many at once as its {@code threads} says.
 */
public interface Extension extends AutoCloseable {
    /** The entries it takes under {@code options}; the engine checks them, and refuses any other with its line. The same each time. */
    default List<Option> options() {
        return List.of();
    }

    /**
     * Prepares for being asked. May do I/O; within 10 s.
     *
     * @param options the map {@code options} of its entry, checked against {@link #options}; an empty one where the config has none
     * @throws ConfigException if the options make no sense ({@link ConfigNode#problem} makes the problem): the config is refused as a whole. Any
     *                         other exception refuses it too
     */
    default void start(ConfigNode options) throws ConfigException {
    }

    /**
     * Judges one submission. The host holds the stanza meanwhile, and what its sender sends after it. An answer counts if it comes
     * within the entry's {@code deadline}, counted from the engine's question; then the thread is interrupted. Answers of different
     * submissions may come in any order: the engine keeps the senders'.
     *
     * @return what it has to say, never {@code null}; {@link Opinion#none} where that is nothing
     * @throws Exception on any failure. That, {@code null}, and no answer in time count the same: the stanza is refused or let through without
     *                   this opinion, as the entry's {@code on-failure} says
     */
    Opinion judge(Submission submission) throws Exception;

    /** Gives back what it holds; within 2 s. It is asked nothing any more, though a call that was late may still be running. */
    @Override
    default void close() throws Exception {
    }
}
