/** The form of the log, where it is the engine's own and not its host's: Logback's. */
package im.chancery.engine.log;
