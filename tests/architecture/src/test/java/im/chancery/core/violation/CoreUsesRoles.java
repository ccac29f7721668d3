package im.chancery.core.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class CoreUsesRoles {
    im.chancery.roles.RolesPolicy policy;
}
