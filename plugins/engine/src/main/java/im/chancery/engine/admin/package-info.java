/**
 * The admin HTTP API: JSON on a loopback address, a token and a duty for each person, and a sealed record of each use,
 * durable before its result is shown.
 */
package im.chancery.engine.admin;
