import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Packs an APK, the same bytes each time: Package OUT RESOURCES DEX_FOLDER LIBRARIES ABI.
 *
 * Entries come in the order of their names and carry one date. What the system maps is stored, not compressed: libraries begin
 * at multiples of 16 KiB, the pages of newer devices, all else at multiples of 4 bytes. The padding is the extra field 0xD935,
 * as apksigner keeps it.
 */
public final class Package {
    private static final int PAGE = 16384;
    private static final LocalDateTime DATE = LocalDateTime.of(2009, 1, 1, 0, 0);

    public static void main(String[] arguments) throws IOException {
        TreeMap<String, byte[]> entries = new TreeMap<>();
        TreeMap<String, Boolean> stored = new TreeMap<>();
        try (ZipFile resources = new ZipFile(arguments[1])) {
            for (ZipEntry entry : resources.stream().toList()) {
                entries.put(entry.getName(), resources.getInputStream(entry).readAllBytes());
                stored.put(entry.getName(), entry.getMethod() == ZipEntry.STORED);
            }
        }
        try (var files = Files.list(Path.of(arguments[2]))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".dex")).toList()) {
                entries.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        try (ZipFile libraries = new ZipFile(arguments[3])) {
            for (ZipEntry entry : libraries.stream().toList()) {
                String name = entry.getName();
                if (name.startsWith("jni/" + arguments[4] + "/") && name.endsWith(".so")) {
                    entries.put("lib" + name.substring(3), libraries.getInputStream(entry).readAllBytes());
                    stored.put("lib" + name.substring(3), true);
                }
            }
        }
        try (Counting out = new Counting(new BufferedOutputStream(Files.newOutputStream(Path.of(arguments[0]))));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(9);
            for (var item : entries.entrySet()) {
                String name = item.getKey();
                byte[] data = item.getValue();
                ZipEntry entry = new ZipEntry(name);
                entry.setTimeLocal(DATE);
                if (stored.getOrDefault(name, false)) {
                    CRC32 sum = new CRC32();
                    sum.update(data);
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(data.length);
                    entry.setCrc(sum.getValue());
                    entry.setExtra(padding(out.count + 30 + name.length(), name.endsWith(".so") ? PAGE : 4));
                }
                zip.putNextEntry(entry);
                zip.write(data);
                zip.closeEntry();
                zip.flush();
            }
        }
    }

    /** The extra field after which data begins at a multiple of {@code unit}. */
    private static byte[] padding(long at, int unit) {
        int fill = (int) ((unit - (at + 6) % unit) % unit);
        byte[] extra = new byte[6 + fill];
        int size = 2 + fill;
        extra[0] = 0x35;
        extra[1] = (byte) 0xD9;
        extra[2] = (byte) size;
        extra[3] = (byte) (size >> 8);
        extra[4] = (byte) unit;
        extra[5] = (byte) (unit >> 8);
        return extra;
    }

    /** A stream that knows how far it is. */
    private static final class Counting extends FilterOutputStream {
        private long count;

        private Counting(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            count++;
        }

        @Override
        public void write(byte[] data, int from, int length) throws IOException {
            out.write(data, from, length);
            count += length;
        }
    }
}
