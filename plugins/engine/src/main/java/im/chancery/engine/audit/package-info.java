/** Tells a SIEM, by syslog, what happens in the archive's own records (docs/monitoring.md, "Audit stream"). */
package im.chancery.engine.audit;
