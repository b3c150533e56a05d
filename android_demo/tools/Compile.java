import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/**
 * Compiles Kotlin modules one after another in one Java machine, which stays warm: Compile STDLIB MODULE ...
 *
 * A module is NAME=SOURCES=OUT=CLASSPATH=FRIENDS; its tests come with FRIENDS, the modules whose internals they see, and without
 * the library's rules.
 */
public final class Compile {
    public static void main(String[] arguments) throws Exception {
        for (int i = 1; i < arguments.length; i++) {
            String[] module = arguments[i].split("=", -1);
            List<String> options = new ArrayList<>(List.of(
                    "-no-stdlib", "-no-reflect", "-jvm-target", "1.8", "-module-name", module[0],
                    "-cp", arguments[0] + (module[3].isEmpty() ? "" : File.pathSeparator + module[3]), "-d", module[2]));
            if (module[4].isEmpty()) {
                // Later Java gives ByteBuffer methods of its own, which older Android lacks.
                options.addAll(List.of("-Xexplicit-api=strict", "-Werror", "-Xjdk-release=1.8"));
            } else {
                options.addAll(List.of("-Xfriend-paths=" + module[4], "-nowarn"));
            }
            try (Stream<Path> files = Files.walk(Path.of(module[1]))) {
                files.map(Path::toString).filter(file -> file.endsWith(".kt")).sorted().forEach(options::add);
            }
            ExitCode code = new K2JVMCompiler().exec(System.err, options.toArray(new String[0]));
            if (code != ExitCode.OK) {
                System.exit(1);
            }
            System.err.println("android_demo: compiled " + module[0]);
        }
    }
}
