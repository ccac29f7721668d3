package im.chancery.presence.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class PresenceUsesArchive {
    im.chancery.archive.Archive archive;
}
