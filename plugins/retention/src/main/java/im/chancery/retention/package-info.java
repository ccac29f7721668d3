/** Record classes and their schedules, legal holds, and disposition. */
package im.chancery.retention;
