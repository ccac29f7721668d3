/**
 * The engine: what lies between a host binding and the four plugins. {@link im.chancery.engine.Engine} composes them;
 * its gate decides and records each exchange.
 */
package im.chancery.engine;
