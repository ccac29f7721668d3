/** Options that describe themselves, and the values of a config file with their places. Reading YAML is the engine's. */
package im.chancery.core.config;
