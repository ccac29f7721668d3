/** The binding to Tigase XMPP Server: translates its packets, rooms and sessions for the engine's edge. No policy, no storage. */
package im.chancery.host.tigase;
