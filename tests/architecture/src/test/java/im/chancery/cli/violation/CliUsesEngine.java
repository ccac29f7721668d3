package im.chancery.cli.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class CliUsesEngine {
    im.chancery.engine.violation.EngineUsesHost engine;
}
