/**
 * Who may reach whom: the directory of people, the role hierarchy, barriers between groups, room membership and
 * federation. {@link im.chancery.roles.RolesPolicy} is all that runs on the message path.
 */
package im.chancery.roles;
