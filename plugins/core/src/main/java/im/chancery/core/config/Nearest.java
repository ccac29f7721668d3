package im.chancery.core.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the word somebody may have meant. */
public final class Nearest {
    private static final int LONGEST_WORD = 64;

    private Nearest() {
    }

    /** The candidate with the fewest letters changed, if that is at most a third of the word's, and at least one may be. */
    public static Optional<String> to(String word, Collection<String> candidates) {
        String lower = word.toLowerCase(Locale.ROOT);
        if (lower.length() > LONGEST_WORD) {
            return Optional.empty();
        }
        int bound = Math.max(1, lower.length() / 3);
        return candidates.stream()
                .filter(c -> distance(lower, c.toLowerCase(Locale.ROOT)) <= bound)
                .min(Comparator.comparingInt(c -> distance(lower, c.toLowerCase(Locale.ROOT))));
    }

    /** So many of the candidates, those with the fewest letters changed first, then in their natural order. Long ones come last. */
    public static List<String> first(int most, String word, Collection<String> candidates) {
        String lower = word.toLowerCase(Locale.ROOT);
        record Candidate(String text, int distance) {
        }
        return candidates.stream()
                .map(c -> new Candidate(c, Math.max(lower.length(), c.length()) > LONGEST_WORD ? Integer.MAX_VALUE : distance(lower, c.toLowerCase(Locale.ROOT))))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::text))
                .limit(most).map(Candidate::text).toList();
    }

    /** How many letters must be inserted, deleted, replaced or swapped with their neighbour (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] table = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                table[i][j] = i == 0 || j == 0 ? i + j : step(a, b, i, j, table);
            }
        }
        return table[a.length()][b.length()];
    }

    private static int step(String a, String b, int i, int j, int[][] table) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int least = Math.min(table[i - 1][j - 1] + (same ? 0 : 1), Math.min(table[i - 1][j], table[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, table[i - 2][j - 2] + 1) : least;
    }
}
