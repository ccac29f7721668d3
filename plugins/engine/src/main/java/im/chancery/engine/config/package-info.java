/**
 * The config file: reading YAML with places, checking it against the schema made from the modules' descriptors, the schema
 * and the reference page themselves, and the engine's own options.
 */
package im.chancery.engine.config;
