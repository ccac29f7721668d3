package im.chancery.archive.verify.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class VerifierUsesWriter {
    im.chancery.archive.Archive archive;
}
