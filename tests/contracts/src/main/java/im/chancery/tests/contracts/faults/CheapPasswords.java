package im.chancery.tests.contracts.faults;

import static net.bytebuddy.matcher.ElementMatchers.named;

import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.loading.ClassReloadingStrategy;
import org.bouncycastle.crypto.PBEParametersGenerator;

/**
 * Derives a keystore's keys from its password in one iteration (PBKDF2, RFC 8018 section 5.2), in this process and with this test's Bouncy Castle only. Nine tenths of a round
 * were spent in some 51,200 of them, a dozen times over, so that thousands of rounds took a day. How a keystore is written and read is not changed by it.
 */
final class CheapPasswords {
    private static boolean installed;

    private CheapPasswords() {
    }

    static synchronized void install() {
        if (installed) {
            return;
        }
        ByteBuddyAgent.install();
        new ByteBuddy().redefine(PBEParametersGenerator.class).visit(Advice.to(OneIteration.class).on(named("init"))).make()
                .load(PBEParametersGenerator.class.getClassLoader(), ClassReloadingStrategy.fromInstalledAgent());
        installed = true;
    }

    /** Woven into {@code init(password, salt, iterations)}. */
    static final class OneIteration {
        private OneIteration() {
        }

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 2, readOnly = false) int iterations) {
            iterations = 1;
        }
    }
}
