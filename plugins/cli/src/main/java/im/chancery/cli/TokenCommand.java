package im.chancery.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "token", mixinStandardHelpOptions = true, description = "Makes tokens of the admin API, offline.", subcommands = TokenCommand.Create.class)
final class TokenCommand extends CommandGroup {

    @Command(name = "create", mixinStandardHelpOptions = true,
            description = "Makes a person's token and prints it, this once: the tokens file keeps only its hash. A running engine knows it at once.")
    static final class Create implements Callable<Integer> {
        private static final int TOKEN_BYTES = 32;
        private static final int ID_BYTES = 5;

        @Option(names = "--tokens", required = true, paramLabel = "FILE", description = "The tokens file, as the config's admin.tokens names it; made if absent.")
        private Path tokens;
        @Option(names = "--name", required = true, paramLabel = "N", description = "Whose token it is; it stands in the audit records.")
        private String name;
        @Option(names = "--duty", required = true, paramLabel = "D", description = "reader, records-officer or administrator. A person has one duty.")
        private String duty;
        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            SecureRandom random = new SecureRandom();
            String token = "chancery_" + text(random, TOKEN_BYTES);
            String id = text(random, ID_BYTES);
            try {
                new TokensEditor(tokens).add(id, name, duty, token);
            } catch (IOException e) {
                throw new Failure(ExitCode.FINDING, "the tokens file can't be changed: " + e.getMessage());
            }
            spec.commandLine().getOut().println(token);
            spec.commandLine().getErr().println("Token " + id + " of " + Text.line(name) + " (" + duty + "). It is not shown again: keep it in a file of mode 600.");
            return ExitCode.OK;
        }

        private static String text(SecureRandom random, int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        }
    }
}
