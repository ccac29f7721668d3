package im.chancery.core.config;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Collects the problems of a config file, of which it keeps the first in the file: one slip, such as a renamed department, may be wrong in as
 * many places as there are people, and what nobody reads to its end need not fill the memory or the log. For one thread.
 */
public final class FirstProblems {
    /** So many are told; where there are more, the last says how many. */
    public static final int MOST = 100;

    private static final Comparator<Position> BY_PLACE = Comparator.comparingInt(Position::line).thenComparingInt(Position::column);
    private static final Comparator<Noted> BY_PLACE_AND_TURN = Comparator.comparing((Noted n) -> n.problem.position(), BY_PLACE).thenComparingInt(Noted::turn);

    /** The last in the file first, so that it is the one to go. */
    private final PriorityQueue<Noted> first = new PriorityQueue<>(BY_PLACE_AND_TURN.reversed());
    private int count;

    private record Noted(ConfigProblem problem, int turn) {
    }

    /** Notes a problem at a place. Its words are asked for only where it is among the first. */
    public void add(Position place, Supplier<ConfigProblem> problem) {
        count++;
        if (first.size() == MOST) {
            if (BY_PLACE.compare(place, first.peek().problem.position()) >= 0) {
                return;
            }
            first.poll();
        }
        first.add(new Noted(problem.get(), count));
    }

    /** What was noted, in the file's order: at most {@value #MOST}. */
    public List<ConfigProblem> told() {
        List<ConfigProblem> told = first.stream().sorted(BY_PLACE_AND_TURN).map(Noted::problem).toList();
        if (count <= MOST) {
            return told;
        }
        ConfigProblem last = told.get(MOST - 1);
        ConfigProblem more = new ConfigProblem(last.position(), last.path(), (count - MOST + 1) + " more problems from here on", "none");
        return Stream.concat(told.stream().limit(MOST - 1), Stream.of(more)).toList();
    }
}
