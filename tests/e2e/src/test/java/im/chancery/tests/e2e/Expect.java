package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.StanzaError;
import tools.jackson.databind.JsonNode;

/** What several dialogues expect of a message's end. */
final class Expect {
    private Expect() {
    }

    /** The sender gets exactly one error that says why, and there is one attempt, refused and bounced. */
    static JsonNode refused(Deployment chancery, SmackClient sender, String id, String reason) {
        Message answer = sender.inbox().takeErrorOf(id);
        assertThat(answer.getError().getCondition()).isEqualTo(StanzaError.Condition.policy_violation);
        assertThat(answer.getError().getDescriptiveText()).contains(reason);
        JsonNode attempt = chancery.admin().onlyAttempt(id);
        assertThat(AdminClient.text(attempt, "effect")).isEqualTo("refuse");
        assertThat(AdminClient.text(attempt, "outcome")).isEqualTo("bounced");
        sender.roundTrip();
        assertThat(sender.inbox().containing(id)).as("a second answer").isEmpty();
        return attempt;
    }

    /** There is one attempt, allowed and handed on, and the sender got no error. */
    static JsonNode handedOn(Deployment chancery, SmackClient sender, String id) {
        JsonNode attempt = chancery.admin().onlyAttempt(id);
        assertThat(AdminClient.text(attempt, "effect")).isEqualTo("allow");
        assertThat(AdminClient.text(attempt, "outcome")).isEqualTo("handed_on");
        assertThat(sender.inbox().containing("type='error'")).as("errors of messages").noneMatch(Message.class::isInstance);
        return attempt;
    }

    /**
     * The answer to the request that has been made (XEP-0198, section 4): Prosody's comes when all before it is done, with exactly this count. A Tigase may have
     * answered with less before, and is asked once more; never with more.
     */
    static void acknowledgement(Runnable request, UnaryOperator<String> await, int count) {
        if (!XmppHost.chosen().holdsEngine()) {
            assertThat(await.apply("<a ")).contains("h='" + count + "'");
            return;
        }
        request.run();
        assertThat(acknowledged(await.apply("h='" + count + "'"))).allMatch(other -> other <= count);
    }

    /** The counts of all acknowledgements (XEP-0198, section 4) in what a client has received, in order. */
    static List<Integer> acknowledged(String received) {
        return Pattern.compile("<a [^>]*\\bh='(\\d+)'").matcher(received).results().map(found -> Integer.valueOf(found.group(1))).toList();
    }

    /** No copy of this text is with these clients, after everything on the way has arrived. */
    static void notWith(String text, SmackClient... clients) {
        for (SmackClient client : clients) {
            client.roundTrip();
            assertThat(client.inbox().containing(text)).as("what reached " + client.jid()).isEmpty();
        }
    }

    /** The same, and the host's own stores have no copy left; a database's files, as a Tigase has, may still hold what it has given away. */
    static void gone(Deployment chancery, String text, SmackClient... clients) {
        if (XmppHost.chosen().holdsEngine()) {
            notWith(text, clients);
        } else {
            nowhere(chancery, text, clients);
        }
    }

    /** The same, and none was ever in the host's own stores. */
    static void nowhere(Deployment chancery, String text, SmackClient... clients) {
        notWith(text, clients);
        assertThat(chancery.server().filesWith(text)).as("stores of the host").isEmpty();
    }
}
