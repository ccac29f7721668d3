package im.chancery.engine;

import im.chancery.core.Exchange;
import im.chancery.core.Policy;
import im.chancery.engine.extension.Extensions;
import java.util.Objects;
import java.util.function.Function;

/**
 * All of one config that decides on an exchange. It is replaced as a whole, so that each exchange is decided by one config and no mixture.
 *
 * @param policy      the roles
 * @param recordClass names the record class of an exchange
 * @param extensions  what is asked beside the roles
 */
record Rules(Policy policy, Function<Exchange, String> recordClass, Extensions extensions) {
    Rules {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(recordClass, "recordClass");
        Objects.requireNonNull(extensions, "extensions");
    }
}
