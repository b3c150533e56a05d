import java.io.File;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import kotlin.Metadata;
import kotlin.metadata.Attributes;
import kotlin.metadata.KmPackage;
import kotlin.metadata.Visibility;
import kotlin.metadata.jvm.KotlinClassMetadata;
import org.jetbrains.org.objectweb.asm.AnnotationVisitor;
import org.jetbrains.org.objectweb.asm.ClassReader;
import org.jetbrains.org.objectweb.asm.ClassVisitor;
import org.jetbrains.org.objectweb.asm.ClassWriter;
import org.jetbrains.org.objectweb.asm.FieldVisitor;
import org.jetbrains.org.objectweb.asm.Label;
import org.jetbrains.org.objectweb.asm.MethodVisitor;
import org.jetbrains.org.objectweb.asm.Opcodes;
import org.jetbrains.org.objectweb.asm.tree.AbstractInsnNode;
import org.jetbrains.org.objectweb.asm.tree.ClassNode;
import org.jetbrains.org.objectweb.asm.tree.InsnList;
import org.jetbrains.org.objectweb.asm.tree.LdcInsnNode;
import org.jetbrains.org.objectweb.asm.tree.MethodInsnNode;

/**
 * Makes a library's jar small without touching its public interface.
 *
 * All classes lose the names of local variables. Internal ones, which are those that Kotlin cannot name from outside, also lose
 * what only compilers read (Kotlin's metadata, the annotations of null, generic signatures) and the checks for null that Kotlin
 * writes for callers in Java, and the places in the source. Names stay, so that a stack trace says where something failed.
 */
public final class Slim {
    private static final LocalDateTime DATE = LocalDateTime.of(2009, 1, 1, 0, 0);

    /** Makes {@code jar} small; {@code path} holds what its classes extend. */
    static void slim(Path jar, Path out, String path) throws Exception {
        TreeMap<String, byte[]> entries = new TreeMap<>();
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : zip.stream().filter(entry -> !entry.isDirectory()).toList()) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        List<URL> urls = new ArrayList<>(List.of(jar.toUri().toURL()));
        for (String file : path.split(File.pathSeparator)) {
            urls.add(Path.of(file).toUri().toURL());
        }
        try (URLClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), Slim.class.getClassLoader());
                OutputStream file = Files.newOutputStream(out);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.setLevel(9);
            for (var item : entries.entrySet()) {
                String name = item.getKey();
                ZipEntry entry = new ZipEntry(name);
                entry.setTimeLocal(DATE);
                zip.putNextEntry(entry);
                boolean code = name.endsWith(".class");
                zip.write(code ? slimmed(item.getValue(), isPublic(name, entries, loader)) : item.getValue());
                zip.closeEntry();
            }
        }
    }

    private static boolean isPublic(String name, TreeMap<String, byte[]> entries, ClassLoader loader) throws Exception {
        String own = name.substring(0, name.length() - ".class".length());
        int outer = own.lastIndexOf('$');
        if (outer > 0 && entries.containsKey(own.substring(0, outer) + ".class")) {
            if (!isPublic(own.substring(0, outer) + ".class", entries, loader)) {
                return false;
            }
        }
        Metadata metadata = Class.forName(own.replace('/', '.'), false, loader).getAnnotation(Metadata.class);
        if (metadata == null) {
            return true;
        }
        KotlinClassMetadata read = KotlinClassMetadata.readLenient(metadata);
        if (read instanceof KotlinClassMetadata.Class type) {
            return isOpen(Attributes.getVisibility(type.getKmClass()));
        }
        if (read instanceof KotlinClassMetadata.FileFacade facade) {
            KmPackage held = facade.getKmPackage();
            return held.getFunctions().stream().anyMatch(function -> isOpen(Attributes.getVisibility(function)))
                    || held.getProperties().stream().anyMatch(property -> isOpen(Attributes.getVisibility(property)))
                    || !held.getTypeAliases().isEmpty();
        }
        return !(read instanceof KotlinClassMetadata.SyntheticClass);
    }

    private static boolean isOpen(Visibility visibility) {
        return visibility == Visibility.PUBLIC || visibility == Visibility.PROTECTED;
    }

    private static byte[] slimmed(byte[] code, boolean open) {
        ClassWriter out = new ClassWriter(0);
        ClassNode node = new ClassNode();
        new ClassReader(code).accept(new Slimming(node, open), 0);
        if (!open) {
            node.methods.forEach(method -> removeChecks(method.instructions));
        }
        node.accept(out);
        return out.toByteArray();
    }

    /** Removes the calls Intrinsics.checkNotNull(value, "name") with both arguments. */
    private static void removeChecks(InsnList instructions) {
        for (AbstractInsnNode instruction : instructions.toArray()) {
            if (instruction instanceof MethodInsnNode call
                    && call.owner.equals("kotlin/jvm/internal/Intrinsics")
                    && (call.name.equals("checkNotNullParameter") || call.name.equals("checkNotNullExpressionValue"))
                    && call.getPrevious() instanceof LdcInsnNode name
                    && (name.getPrevious().getOpcode() == Opcodes.ALOAD || name.getPrevious().getOpcode() == Opcodes.DUP)) {
                instructions.remove(name.getPrevious());
                instructions.remove(name);
                instructions.remove(call);
            }
        }
    }

    private static final class Slimming extends ClassVisitor {
        private final boolean open;

        private Slimming(ClassVisitor out, boolean open) {
            super(Opcodes.ASM9, out);
            this.open = open;
        }

        @Override
        public void visit(int version, int access, String name, String signature, String base, String[] interfaces) {
            super.visit(version, access, name, open ? signature : null, base, interfaces);
        }

        @Override
        public void visitSource(String source, String debug) {
            super.visitSource(open ? source : null, null);
        }

        @Override
        public AnnotationVisitor visitAnnotation(String type, boolean visible) {
            return open ? super.visitAnnotation(type, visible) : null;
        }

        @Override
        public FieldVisitor visitField(int access, String name, String type, String signature, Object value) {
            FieldVisitor next = super.visitField(access, name, type, open ? signature : null, value);
            return open ? next : new FieldVisitor(Opcodes.ASM9, next) {
                @Override
                public AnnotationVisitor visitAnnotation(String annotation, boolean visible) {
                    return null;
                }
            };
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, name, type, open ? signature : null, exceptions);
            return new MethodVisitor(Opcodes.ASM9, next) {
                @Override
                public void visitLocalVariable(String own, String of, String generic, Label from, Label to, int index) {
                    // Only debuggers read it.
                }

                @Override
                public void visitLineNumber(int line, Label from) {
                    if (open) {
                        super.visitLineNumber(line, from);
                    }
                }

                @Override
                public void visitAnnotableParameterCount(int count, boolean visible) {
                    if (open) {
                        super.visitAnnotableParameterCount(count, visible);
                    }
                }

                @Override
                public AnnotationVisitor visitAnnotation(String annotation, boolean visible) {
                    return open ? super.visitAnnotation(annotation, visible) : null;
                }

                @Override
                public AnnotationVisitor visitParameterAnnotation(int parameter, String annotation, boolean visible) {
                    return open ? super.visitParameterAnnotation(parameter, annotation, visible) : null;
                }
            };
        }
    }
}
