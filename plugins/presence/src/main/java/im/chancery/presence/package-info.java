/**
 * Who is available, on this node and on the others of its cluster. {@link im.chancery.presence.PresenceStores} opens the
 * store that the config asks for; look-ups are local always.
 */
package im.chancery.presence;
