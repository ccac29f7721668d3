package im.chancery.roles.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class RolesUsesArchive {
    im.chancery.archive.Archive archive;
}
