/** {@code chancery}: the command line. A client of the admin API; verifying, judging a config file and making tokens work offline. */
package im.chancery.cli;
