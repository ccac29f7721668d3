package im.chancery.core;

/** Where a stanza comes from and goes to, seen from the host that asks. */
public enum Direction {
    /** Both ends are served by this host. */
    LOCAL,
    /** From a federated server to an address served by this host. */
    INBOUND,
    /** From an address served by this host to a federated server. */
    OUTBOUND
}
