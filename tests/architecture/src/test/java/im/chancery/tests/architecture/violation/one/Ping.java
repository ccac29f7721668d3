package im.chancery.tests.architecture.violation.one;

/** Half of a cycle between packages. */
public final class Ping {
    im.chancery.tests.architecture.violation.two.Pong other;
}
