package im.chancery.engine.config;

import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.PluginDescriptor;
import java.util.Collection;
import java.util.Set;

/** Makes docs/config.md, the reference page of all options, from the modules' descriptors. */
public final class ReferencePage {
    private static final Set<Type> NESTED = Set.of(Type.MAP, Type.TABLE, Type.LIST);

    private static final String HEAD = """
            # Config file

            Every option of `chancery.yaml`. This page and `config/schema/chancery.schema.json` are made from the modules' own
            descriptors; `config/chancery.yaml` is an example to start from, and `chancery config check FILE` judges a file without
            starting anything.

            - The file is YAML 1.2 in UTF-8: one document, no anchors, aliases or tags, each key once. Whole numbers are written in
              plain decimal. A text that looks like a number or a truth (`0123`, `true`) goes in quotes.
            - An unknown key stops the start, and so does any other problem; all are named at once with line, column, what was
              found and what is allowed. Nothing is changed by a file that is refused.
            - Amounts have their unit, one space apart: `90 days`, `5 s`, `64 MiB`. A bare number is refused.
            - Relative paths are taken from the config file's folder.
            - No secret stands in the file. Where one is needed, the option names a file that only its owner may read or write, or
              an environment variable as `env:NAME`.
            - A change of an option that is marked **live**, and of all in it, is taken while the engine runs: SIGHUP, `chancery config
              reload`, or just the file's change. All others need a restart, and a file that changes one is refused as a whole.
            - In the tables, `[]` stands for each item of a list and `NAME` for a name you choose.
            """;

    private ReferencePage() {
    }

    /** The page in Markdown; the same for the same descriptors in the same order. */
    public static String generate(Collection<PluginDescriptor> descriptors) {
        StringBuilder page = new StringBuilder(HEAD);
        for (PluginDescriptor descriptor : descriptors) {
            page.append("\n## ").append(descriptor.name()).append("\n\n").append(descriptor.doc())
                    .append("\n\n| option | takes | default | meaning |\n|---|---|---|---|\n");
            descriptor.options().forEach(option -> rows(page, option.name(), option));
        }
        return page.toString();
    }

    private static void rows(StringBuilder page, String path, Option option) {
        String byDefault = option.required() ? "required" : option.byDefault().map(d -> "`" + d + "`").orElse("");
        page.append("| `").append(path).append("` | ").append(cell(takes(option))).append(" | ").append(byDefault)
                .append(" | ").append(option.live() ? "**Live.** " : "").append(cell(option.doc())).append(" |\n");
        switch (option.type()) {
            case MAP -> option.children().forEach(child -> rows(page, path + "." + child.name(), child));
            case TABLE -> item(page, path + ".NAME", option.children().get(0));
            case LIST -> item(page, path + "[]", option.children().get(0));
            default -> { /* a row is all there is */ }
        }
    }

    /** A list's or table's item has no row of its own: what it takes stands in its parent's. */
    private static void item(StringBuilder page, String path, Option item) {
        switch (item.type()) {
            case MAP -> item.children().forEach(child -> rows(page, path + "." + child.name(), child));
            case TABLE, LIST -> rows(page, path, item);
            default -> { /* a scalar: its parent's row says it */ }
        }
    }

    private static String takes(Option option) {
        return switch (option.type()) {
            case MAP -> "a map";
            case TABLE -> "a map from names to " + plain(option.children().get(0));
            case LIST -> "a list, each item " + plain(option.children().get(0));
            default -> OptionWords.allowed(option);
        };
    }

    private static String plain(Option item) {
        return NESTED.contains(item.type()) ? takes(item) : OptionWords.allowed(item);
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
