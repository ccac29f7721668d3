package im.chancery.host.tigase.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class TigaseUsesArchive {
    im.chancery.archive.violation.ArchiveUsesRetention archive;
}
