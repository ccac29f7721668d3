package im.chancery.host.prosody.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class HostUsesCli {
    im.chancery.cli.violation.CliUsesEngine cli;
}
