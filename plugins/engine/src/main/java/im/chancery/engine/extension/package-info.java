/**
 * Runs extensions: jars in {@code plugins.d/} with a class of {@link im.chancery.core.extension}. Each has its own class loader and threads;
 * {@link im.chancery.engine.extension.Extensions} asks them and adds what they say to the roles' decision.
 */
package im.chancery.engine.extension;
