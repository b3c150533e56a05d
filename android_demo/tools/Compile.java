import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/**
 * Compiles Kotlin modules one after another in one Java machine, which stays warm: Compile STDLIB ANDROID MODULE ...
 *
 * A module is NAME=SOURCES=OUT=CLASSPATH=FRIENDS; tests come with FRIENDS, by commas, the modules whose internals they see, and
 * without the library's rules. The others are compiled against Android's stubs, so that they use nothing that Android lacks. A module
 * whose sources and class path are those of its last compilation is left alone. slim=JAR=OUT=CLASSPATH makes a jar small.
 */
public final class Compile {
    public static void main(String[] arguments) throws Exception {
        String standard = arguments[0];
        String android = arguments[1];
        for (int i = 2; i < arguments.length; i++) {
            String[] module = arguments[i].split("=", -1);
            if (module[0].equals("slim")) {
                Slim.slim(Path.of(module[1]), Path.of(module[2]), module[3]);
                continue;
            }
            boolean tests = !module[4].isEmpty();
            String path = standard + (tests ? "" : File.pathSeparator + android)
                    + (module[3].isEmpty() ? "" : File.pathSeparator + module[3]);
            List<String> sources = sources(Path.of(module[1]));
            Path stamp = Path.of(module[2] + ".stamp");
            String digest = digest(sources, path);
            if (Files.exists(stamp) && Files.exists(Path.of(module[2])) && Files.readString(stamp).equals(digest)) {
                continue;
            }
            Files.deleteIfExists(stamp);
            List<String> options = new ArrayList<>(List.of(
                    "-no-stdlib", "-no-reflect", "-jvm-target", "1.8", "-module-name", module[0], "-cp", path, "-d", module[2]));
            options.addAll(tests
                    ? List.of("-Xfriend-paths=" + module[4], "-nowarn")
                    : List.of("-no-jdk", "-Xexplicit-api=strict", "-Werror"));
            options.addAll(sources);
            if (new K2JVMCompiler().exec(System.err, options.toArray(new String[0])) != ExitCode.OK) {
                System.exit(1);
            }
            Files.writeString(stamp, digest);
            System.err.println("android_demo: compiled " + module[0]);
        }
    }

    private static List<String> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(Path::toString).filter(file -> file.endsWith(".kt")).sorted().toList();
        }
    }

    private static String digest(List<String> sources, String path) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        List<String> files = new ArrayList<>(sources);
        files.addAll(List.of(path.split(File.pathSeparator)));
        for (String file : files) {
            digest.update(file.getBytes());
            digest.update(Files.readAllBytes(Path.of(file)));
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
