/**
 * The offline verifier. It shares formats with the writer and nothing else: no class of the rest of the archive is used
 * here, so that a mistake there isn't repeated here. Formats: docs/formats.md, C2SP tlog-tiles, tlog-checkpoint and
 * signed-note, RFC 6962.
 */
package im.chancery.archive.verify;
