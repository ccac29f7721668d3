/** Chancery cli. */
package im.chancery.cli;
