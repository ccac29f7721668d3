/** Chancery engine. */
package im.chancery.engine;
