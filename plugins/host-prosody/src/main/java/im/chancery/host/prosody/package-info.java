/** Chancery host-prosody. */
package im.chancery.host.prosody;
