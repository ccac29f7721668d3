package im.chancery.archive.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class ArchiveUsesRetention {
    im.chancery.retention.RetentionService service;
}
