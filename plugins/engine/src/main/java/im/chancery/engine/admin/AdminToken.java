package im.chancery.engine.admin;

import java.util.Objects;

/**
 * A person's token as the tokens file has it.
 *
 * @param id   the token's own name, unique in the file
 * @param name whose it is; goes into the audit records
 * @param duty what it is good for
 * @param hash SHA-256 of the token's text; the token has 256 random bits, so a plain hash can't be guessed backwards
 */
record AdminToken(String id, String name, Duty duty, byte[] hash) {
    AdminToken {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(duty, "duty");
        Objects.requireNonNull(hash, "hash");
    }
}
