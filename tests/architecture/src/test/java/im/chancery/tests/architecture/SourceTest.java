package im.chancery.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** What can be seen in sources only: nothing is too long to read in one go, and nothing is left unfinished or switched off. */
class SourceTest {
    private static final int LONGEST_METHOD = 60;
    private static final int LONGEST_FILE = 500;
    private static final Set<String> NOT_OURS = Set.of("target", ".git", ".jqwik", "node_modules");
    /** Split so that this file doesn't find itself. */
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b|@Dis" + "abled\\b|\\bAssump" + "tions\\b|\\bassume" + "(True|False|That)\\b");
    private static final Pattern MATCHES_WORDS = Pattern.compile("getMess" + "age\\(\\)\\s*\\.\\s*(contains|startsWith|endsWith|equals|matches|indexOf)\\b");
    /** A function that goes on after its line; one with code on the same line is short anyway. */
    private static final Pattern LUA_FUNCTION = Pattern.compile("^(?!\\s*--).*\\bfunction\\b[^()\"']*\\([^()]*\\)\\s*(--.*)?$");

    @Test
    void noFileIsLongerThanFiveHundredLines() throws IOException {
        List<Path> files = files();
        assertThat(files.stream().filter(f -> f.toString().endsWith(".java"))).hasSizeGreaterThan(50);
        List<String> tooLong = new ArrayList<>();
        for (Path file : files) {
            int lines = read(file).split("\n").length;
            if (lines > LONGEST_FILE) {
                tooLong.add(file + ": " + lines + " lines");
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void noMethodIsLongerThanSixtyLines() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : files()) {
            tooLong.addAll(tooLong(file.toString(), read(file)));
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void nothingIsLeftUnfinishedOrSwitchedOff() throws IOException {
        assertThat(found(UNFINISHED)).isEmpty();
    }

    /** An exception's words are for people; they change from release to release. */
    @Test
    void nothingDependsOnTheWordsOfAnException() throws IOException {
        assertThat(found(MATCHES_WORDS)).isEmpty();
    }

    @Test
    void theScanFindsWhatItLooksFor() throws IOException {
        String body = IntStream.range(0, 60).mapToObj(i -> "        x" + i + "();\n").reduce("", String::concat);
        assertThat(tooLong("A.java", "class A {\n    void a() {\n" + body + "    }\n}\n")).containsExactly("A.java:2: a has 62 lines");
        assertThat(tooLong("A.java", "class A {\n    A() {\n" + body + "    }\n}\n")).containsExactly("A.java:2: <init> has 62 lines");
        assertThat(tooLong("A.java", "class A {\n    void a() {\n" + body.lines().limit(58).reduce("", (a, b) -> a + b + "\n") + "    }\n}\n")).isEmpty();
        String lua = body.replace("        ", "\t");
        assertThat(tooLong("a.lua", "local function a()\n" + lua + "end\n")).containsExactly("a.lua:1: a function has 62 lines");
        assertThat(tooLong("a.lua", "\treturn function (x)\n" + lua.replace("\t", "\t\t") + "\tend\n")).containsExactly("a.lua:1: a function has 62 lines");
        assertThat(tooLong("a.lua", "local function new()\n\tlocal function a()\n" + lua.lines().limit(40).reduce("", (a, b) -> a + "\t" + b + "\n")
                + "\tend\n" + lua.lines().limit(40).reduce("", (a, b) -> a + b + "\n") + "end\n")).isEmpty();
        assertThat(tooLong("a.lua", "local function a()\nend\n" + lua + "local function b() return 1 end\n" + lua + "\n")).isEmpty();
        assertThat(UNFINISHED.matcher("// TO" + "DO later").find()).isTrue();
        assertThat(UNFINISHED.matcher("@Dis" + "abled void a()").find()).isTrue();
        assertThat(MATCHES_WORDS.matcher("if (e.getMess" + "age().contains(x))").find()).isTrue();
        assertThat(UNFINISHED.matcher("assume" + "True(x)").find()).isTrue();
    }

    private static List<String> found(Pattern pattern) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files()) {
            Matcher matcher = pattern.matcher(read(file));
            while (matcher.find()) {
                found.add(file + ": " + matcher.group());
            }
        }
        return found;
    }

    private static List<String> tooLong(String name, String source) throws IOException {
        return name.endsWith(".lua") ? tooLongLua(name, source) : tooLongJava(name, source);
    }

    private static List<String> tooLongJava(String name, String source) throws IOException {
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///" + Path.of(name).getFileName()), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        JavacTask task = (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, d -> { }, List.of("-proc:none"), null, List.of(file));
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        List<String> found = new ArrayList<>();
        for (CompilationUnitTree unit : task.parse()) {
            LineMap lines = unit.getLineMap();
            new TreeScanner<Void, Void>() {
                @Override
                public Void visitMethod(MethodTree method, Void nothing) {
                    long from = lines.getLineNumber(positions.getStartPosition(unit, method));
                    long length = lines.getLineNumber(positions.getEndPosition(unit, method)) - from + 1;
                    if (length > LONGEST_METHOD) {
                        found.add(name + ":" + from + ": " + method.getName() + " has " + length + " lines");
                    }
                    return super.visitMethod(method, nothing);
                }
            }.scan(unit, null);
        }
        return found;
    }

    /**
     * Goes by indentation: a function ends at the next line that starts with {@code end} as far in as the function's
     * line. The lines of a function within it count for that one only, since {@code local function new()} is how Lua
     * writes a class.
     */
    private static List<String> tooLongLua(String name, String source) {
        List<String> lines = source.lines().toList();
        int[] own = new int[lines.size()];
        Deque<Integer> open = new ArrayDeque<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (LUA_FUNCTION.matcher(line).find()) {
                open.push(i);
            }
            if (!open.isEmpty()) {
                own[open.peek()]++;
                if (line.matches(indent(lines.get(open.peek())) + "end\\b.*")) {
                    open.pop();
                }
            }
        }
        assertThat(open).as(name + ": functions without an end").isEmpty();
        return IntStream.range(0, own.length).filter(i -> own[i] > LONGEST_METHOD)
                .mapToObj(i -> name + ":" + (i + 1) + ": a function has " + own[i] + " lines").toList();
    }

    private static String indent(String line) {
        return line.replaceAll("\\S.*", "");
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(Chancery.root(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_OURS.contains(folder.getFileName().toString()) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java") || file.toString().endsWith(".lua")) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
