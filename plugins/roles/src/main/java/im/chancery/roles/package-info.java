/** Chancery roles. */
package im.chancery.roles;
