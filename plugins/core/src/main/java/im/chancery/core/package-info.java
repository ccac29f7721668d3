/** The values and the plugin SPI that every Chancery module shares. Depends on the JDK, jxmpp and SLF4J only. */
package im.chancery.core;
