package im.chancery.tests.contracts.faults;

import static net.bytebuddy.matcher.ElementMatchers.named;

import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.loading.ClassReloadingStrategy;
import org.bouncycastle.crypto.PBEParametersGenerator;

/**
 * Derives a keystore's keys from its password in one iteration (PBKDF2, RFC 8018 section 5.2), in this process and for a while only: nine tenths of a round of faults were spent in some
 * 51,200 of them, a dozen times over, so that thousands of rounds took a day. How a keystore is written and read is not changed by it; but one that was made so can't be
 * opened otherwise, nor the other way round.
 */
final class CheapPasswords {
    private CheapPasswords() {
    }

    static void begin() {
        ByteBuddyAgent.install();
        load(new ByteBuddy().redefine(PBEParametersGenerator.class).visit(Advice.to(OneIteration.class).on(named("init"))));
    }

    /** From now on it is as it was. */
    static void end() {
        load(new ByteBuddy().redefine(PBEParametersGenerator.class));
    }

    private static void load(DynamicType.Builder<?> redefined) {
        redefined.make().load(PBEParametersGenerator.class.getClassLoader(), ClassReloadingStrategy.fromInstalledAgent());
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
