/** Syslog: messages as RFC 5424 has them, and the ways to send them. Knows nothing of records. */
package im.chancery.archive.syslog;
