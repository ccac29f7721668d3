package im.chancery.engine.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class EngineUsesHost {
    im.chancery.host.prosody.violation.HostUsesCli host;
}
