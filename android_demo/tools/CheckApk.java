import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Checks a signed APK: CheckApk APK ABI MOST_BYTES. It ends with 1 and a line for each fault.
 *
 * Libraries are stored, begin at pages of 16 KiB in the file and have segments aligned to as much; they are those of the ABI
 * alone. The dex has no more than 65,536 methods, fields and types. The resource table is stored at a multiple of 4 bytes.
 */
public final class CheckApk {
    private static final int PAGE = 16384;
    private static final List<String> FAULTS = new ArrayList<>();

    public static void main(String[] arguments) throws IOException {
        Path path = Path.of(arguments[0]);
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        int libraries = 0;
        int end = file.limit() - 22;
        check(file.getInt(end) == 0x06054b50, "the archive has a comment or is cut short");
        int at = file.getInt(end + 16);
        for (int left = file.getShort(end + 10) & 0xFFFF; left > 0; left--) {
            int local = file.getInt(at + 42);
            int nameSize = file.getShort(at + 28) & 0xFFFF;
            String name = new String(file.array(), at + 46, nameSize, StandardCharsets.UTF_8);
            int data = local + 30 + (file.getShort(local + 26) & 0xFFFF) + (file.getShort(local + 28) & 0xFFFF);
            boolean stored = file.getShort(at + 10) == 0;
            if (name.startsWith("lib/")) {
                libraries++;
                check(name.startsWith("lib/" + arguments[1] + "/"), name + " is of another ABI");
                check(stored && data % PAGE == 0, name + " begins at " + data + ", no page of 16 KiB");
                segments(name, file, data);
            }
            if (name.equals("resources.arsc")) {
                check(stored && data % 4 == 0, name + " is compressed or begins at " + data);
            }
            at += 46 + nameSize + (file.getShort(at + 30) & 0xFFFF) + (file.getShort(at + 32) & 0xFFFF);
        }
        check(libraries == 2, libraries + " libraries instead of 2");
        check(file.limit() <= Long.parseLong(arguments[2]), file.limit() + " bytes are more than " + arguments[2]);
        dex(path);
        FAULTS.forEach(fault -> System.err.println("android_demo: " + path.getFileName() + ": " + fault));
        System.exit(FAULTS.isEmpty() ? 0 : 1);
    }

    /** The loadable segments of a 64-bit library. */
    private static void segments(String name, ByteBuffer file, int start) {
        long headers = file.getLong(start + 32);
        int size = file.getShort(start + 54);
        for (int i = 0; i < file.getShort(start + 56); i++) {
            int header = (int) (start + headers + i * size);
            if (file.getInt(header) == 1) {
                check(file.getLong(header + 48) >= PAGE, name + " has a segment aligned to " + file.getLong(header + 48));
            }
        }
    }

    private static void dex(Path path) throws IOException {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            ZipEntry entry = zip.getEntry("classes.dex");
            check(zip.getEntry("classes2.dex") == null, "the code does not fit one dex");
            ByteBuffer dex = ByteBuffer.wrap(zip.getInputStream(entry).readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            String version = new String(dex.array(), 4, 3, StandardCharsets.US_ASCII);
            check(version.compareTo("037") <= 0, "dex " + version + " is newer than Android 7 reads");
            int types = dex.getInt(64);
            int fields = dex.getInt(80);
            int methods = dex.getInt(88);
            check(Math.max(types, Math.max(fields, methods)) <= 65536, "too many methods, fields or types");
            System.out.printf("%s: %,d bytes; dex %s of %,d bytes: %d methods, %d fields, %d types, %d classes%n",
                    path.getFileName(), Files.size(path), version, dex.limit(), methods, fields, types, dex.getInt(96));
        }
    }

    private static void check(boolean right, String fault) {
        if (!right) {
            FAULTS.add(fault);
        }
    }
}
