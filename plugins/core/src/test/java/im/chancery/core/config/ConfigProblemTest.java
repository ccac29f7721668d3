package im.chancery.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfigProblemTest {
    @Test
    void aProblemShouldBeToldOnOneLine() {
        ConfigProblem problem = new ConfigProblem(new Position("chancery.yaml", 4, 16), "roles.a\tb", "'trading\n\"\u2028\u202e'", "é or 😀");
        assertThat(problem).hasToString("chancery.yaml:4:16: roles.a\\u0009b: found 'trading\\u000a\"\\u2028\\u202e'; allowed: é or 😀");
    }
}
