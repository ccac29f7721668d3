package im.chancery.host.tigase.plugin.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class PluginUsesCore {
    im.chancery.core.violation.CoreUsesRoles core;
}
