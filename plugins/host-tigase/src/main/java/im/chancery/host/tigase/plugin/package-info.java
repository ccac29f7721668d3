/**
 * What Tigase's own class loader sees: beans, filters and the door to the binding. Nothing here uses more than Tigase and the JDK; the
 * binding proper, the engine and their libraries have a class loader of their own ({@link im.chancery.host.tigase.plugin.EngineLoader}).
 */
package im.chancery.host.tigase.plugin;
