package im.chancery.retention.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class RetentionUsesRoles {
    im.chancery.roles.RolesPolicy policy;
}
