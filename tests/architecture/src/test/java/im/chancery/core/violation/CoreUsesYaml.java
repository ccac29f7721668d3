package im.chancery.core.violation;

/** Breaks a rule on purpose: shows that the rule is looked at. */
public final class CoreUsesYaml {
    org.snakeyaml.engine.v2.api.Load load;
}
