/** Real servers and real clients for tests: a Prosody, an engine process, Smack clients and a client that writes raw bytes. */
package im.chancery.tests.e2e;
