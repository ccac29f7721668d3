package im.chancery.tests.architecture.violation.two;

/** Half of a cycle between packages. */
public final class Pong {
    im.chancery.tests.architecture.violation.one.Ping other;
}
