package im.chancery.archive.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Proofs of RFC 6962 and RFC 9162: those that hold, and every way found to bend them. */
class MerkleTest {
    /** The eight leaves whose roots the Certificate Transparency implementations share as a test vector. */
    private static final List<byte[]> LEAVES = Stream.of("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
            "606162636465666768696a6b6c6d6e6f").map(HexFormat.of()::parseHex).toList();

    @Test
    void rootsShouldBeThoseOfTheKnownVector() {
        assertThat(hex(root(List.of()))).isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assertThat(hex(root(LEAVES.subList(0, 1)))).isEqualTo("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assertThat(hex(root(LEAVES.subList(0, 2)))).isEqualTo("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        assertThat(hex(root(LEAVES.subList(0, 3)))).isEqualTo("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
        assertThat(hex(root(LEAVES))).isEqualTo("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    @Property(tries = 300)
    void proofsShouldHoldForWhatTheyProveOnly(@ForAll @IntRange(min = 1, max = 70) int size, @ForAll @IntRange(max = 69) int place,
            @ForAll @IntRange(min = 1, max = 70) int part, @ForAll @IntRange(max = 255) int bit) {
        List<byte[]> leaves = leaves(size);
        int index = place % size;
        int first = 1 + (part - 1) % size;
        byte[] root = root(leaves);
        byte[] leaf = Merkle.leaf(Merkle.digest(), leaves.get(index));
        List<byte[]> inclusion = ReferenceTree.path(index, leaves);
        List<byte[]> consistency = ReferenceTree.proof(first, leaves);
        byte[] firstRoot = root(leaves.subList(0, first));

        assertThat(root).isEqualTo(ReferenceTree.mth(leaves));
        assertThat(Merkle.includes(leaf, index, size, inclusion, root)).isTrue();
        assertThat(Merkle.extendsTree(first, size, firstRoot, root, consistency)).isTrue();
        assertThat(Merkle.includes(flip(leaf, bit), index, size, inclusion, root)).isFalse();
        assertThat(Merkle.includes(leaf, index, size, inclusion, flip(root, bit))).isFalse();
        assertThat(Merkle.extendsTree(first, size, flip(firstRoot, bit), root, consistency)).isFalse();
        assertThat(Merkle.extendsTree(first, size, firstRoot, flip(root, bit), consistency)).isFalse();
        bent(inclusion, bit).forEach(p -> assertThat(Merkle.includes(leaf, index, size, p, root)).isFalse());
        bent(consistency, bit).forEach(p -> assertThat(Merkle.extendsTree(first, size, firstRoot, root, p)).isFalse());
        for (int other = 0; other < size; other++) {
            assertThat(Merkle.includes(leaf, other, size, inclusion, root)).isEqualTo(other == index);
        }
    }

    @Test
    void boundsShouldBeChecked() {
        byte[] root = root(LEAVES);
        byte[] leaf = Merkle.leaf(Merkle.digest(), LEAVES.get(7));
        List<byte[]> path = ReferenceTree.path(7, LEAVES);

        assertThat(Merkle.includes(leaf, 8, 8, path, root)).isFalse();
        assertThat(Merkle.includes(leaf, 15, 8, path, root)).isFalse();
        assertThat(Merkle.includes(leaf, -1, 8, path, root)).isFalse();
        assertThat(Merkle.includes(leaf, 0, 0, List.of(), leaf)).isFalse();
        assertThat(Merkle.includes(leaf, Long.MAX_VALUE, 8, path, root)).isFalse();
        assertThat(Merkle.includes(new byte[31], 7, 8, path, root)).isFalse();
        assertThat(Merkle.includes(leaf, 7, 8, List.of(new byte[33], path.get(1), path.get(2)), root)).isFalse();
        assertThat(Merkle.extendsTree(0, 8, root(List.of()), root, List.of())).isFalse();
        assertThat(Merkle.extendsTree(8, 7, root, root, List.of())).isFalse();
        assertThat(Merkle.extendsTree(8, 8, root, root, List.of())).isTrue();
        assertThat(Merkle.extendsTree(8, 8, root, root, List.of(root))).isFalse();
        assertThat(Merkle.extendsTree(8, 8, root, root(LEAVES.subList(0, 7)), List.of())).isFalse();
        assertThat(Merkle.extendsTree(4, 8, root(LEAVES.subList(0, 4)), root, List.of())).isFalse();
        // A node's hash must not pass for a leaf's, nor an inner node for a whole tree of half the size.
        byte[] inner = Merkle.node(Merkle.digest(), leaf, leaf);
        assertThat(Merkle.includes(inner, 3, 4, path.subList(1, 3), root)).isFalse();
    }

    private static List<List<byte[]>> bent(List<byte[]> proof, int bit) {
        List<List<byte[]>> bent = new ArrayList<>();
        List<byte[]> longer = new ArrayList<>(proof);
        longer.add(new byte[Merkle.HASH]);
        bent.add(longer);
        if (!proof.isEmpty()) {
            bent.add(proof.subList(0, proof.size() - 1));
            bent.add(proof.subList(1, proof.size()));
            List<byte[]> flipped = new ArrayList<>(proof);
            flipped.set(bit % proof.size(), flip(proof.get(bit % proof.size()), bit));
            bent.add(flipped);
        }
        return bent;
    }

    private static List<byte[]> leaves(int size) {
        List<byte[]> leaves = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            leaves.add(new byte[] {1, (byte) i});
        }
        return leaves;
    }

    private static byte[] root(List<byte[]> leaves) {
        Merkle.Peaks peaks = new Merkle.Peaks();
        leaves.forEach(l -> peaks.add(Merkle.leaf(Merkle.digest(), l), 0));
        return peaks.root();
    }

    private static byte[] flip(byte[] bytes, int bit) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        return flipped;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
