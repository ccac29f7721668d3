/**
 * What a jar in {@code plugins.d/} sees of the engine and answers it (docs/extensions.md). Beside this package an extension sees
 * {@link im.chancery.core}, {@link im.chancery.core.config}, jxmpp's addresses, SLF4J and the JDK, and nothing else of the engine.
 */
package im.chancery.core.extension;
