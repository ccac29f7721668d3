package im.chancery.core;

/** Decides exchanges. Implementations are immutable or otherwise safe for many threads, do no I/O and return at once. */
@FunctionalInterface
public interface Policy {
    /**
     * Decides one exchange.
     *
     * @throws RuntimeException on a failure of the policy itself; the caller refuses the stanza then, it never lets it through
     */
    Decision decide(Exchange exchange);
}
