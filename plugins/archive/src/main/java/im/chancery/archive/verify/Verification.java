package im.chancery.archive.verify;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a verification came to.
 *
 * @param origin   the log's origin
 * @param size     the size that the folder's checkpoint signs; -1 if there is no checkpoint that can be trusted
 * @param signedAt when that was, by the node's clock
 * @param proven   up to which size the log is proven against a checkpoint from outside; 0 if none was given
 * @param against  which checkpoint that is; empty if none
 * @param findings what is wrong; empty if all is well
 * @param notes    what else an auditor should know
 */
public record Verification(String origin, long size, Optional<Instant> signedAt, long proven, String against,
        List<Finding> findings, List<String> notes) {
    public Verification {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }

    /** Whether nothing was found wrong. */
    public boolean consistent() {
        return findings.isEmpty();
    }

    /** The report as text, a few lines. */
    public String text() {
        StringBuilder text = new StringBuilder();
        if (consistent()) {
            text.append(origin).append(": consistent up to size ").append(size)
                    .append(signedAt.map(t -> ", signed at " + t).orElse(", signed at an unknown time")).append('\n');
        } else {
            text.append(origin).append(": NOT consistent, ").append(findings.size())
                    .append(findings.size() == 1 ? " finding\n" : " findings\n");
            findings.forEach(f -> text.append("  ").append(f).append('\n'));
        }
        if (size >= 0) {
            text.append(proof()).append('\n');
        }
        notes.forEach(n -> text.append(n).append('\n'));
        return text.toString();
    }

    private String proof() {
        if (proven == 0) {
            return "proven against an outside checkpoint: nothing, because none that fits was given; all " + size
                    + " leaves rest on the signing key alone, and a rollback of the whole would not be found";
        }
        String rest = proven >= size ? "nothing newer is in the log"
                : "leaves " + proven + " to " + (size - 1) + " are newer and rest on the signing key alone";
        return "proven against an outside checkpoint: leaves 0 to " + (proven - 1) + " (" + against + "); " + rest;
    }
}
