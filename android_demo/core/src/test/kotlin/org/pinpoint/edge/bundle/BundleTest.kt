package org.pinpoint.edge.bundle

import java.io.ByteArrayOutputStream
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.util.Random
import java.util.zip.CRC32
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.IntegrityException
import org.pinpoint.edge.OutputException
import org.pinpoint.edge.PinPointException
import org.pinpoint.edge.TestBundle

/** Opening a bundle: what is right opens; what is damaged, hostile or newer is refused and leaves nothing behind. */
class BundleTest {
    private val folder: File = Files.createTempDirectory("bundle").toFile()
    private val unpack = File(folder, "unpacked")

    @After
    fun clean() {
        folder.deleteRecursively()
    }

    private fun open(path: File, cancellation: Cancellation? = null) = Bundle.open(path, unpack, null, cancellation)

    private fun refused(path: File, kind: Class<out PinPointException>, words: String) {
        val error = assertThrows(kind) { open(path) }
        assertTrue("${error.message}", words in error.message.orEmpty())
        val left = unpack.listFiles().orEmpty().map { it.name }
        assertTrue("$left", left.isEmpty())
    }

    @Test
    fun aFolderOpens() {
        val bundle = open(TestBundle.write(File(folder, "b")))
        assertEquals("small", bundle.manifest.name)
        assertEquals(hexDigest(File(folder, "b/manifest.json").readBytes()), bundle.digest)
        assertEquals(listOf("", "a", "b"), bundle.characters("glance"))
    }

    @Test
    fun aSingleFileUnpacksOnce() {
        val files = TestBundle.files()
        val packed = File(folder, "b.pinpoint").apply { writeBytes(zip(files)) }
        val bundle = open(packed)
        assertEquals(File(unpack, bundle.digest), bundle.folder)
        for ((name, bytes) in files) assertEquals(bytes.toList(), File(bundle.folder, name).readBytes().toList())
        val stamp = File(bundle.folder, MANIFEST).lastModified()
        open(packed)
        assertEquals(stamp, File(bundle.folder, MANIFEST).lastModified())
        assertEquals(listOf(bundle.digest), unpack.list()!!.toList())
    }

    @Test
    fun unpackingThatIsCancelledLeavesNothing() {
        val packed = File(folder, "b.pinpoint").apply { writeBytes(zip(TestBundle.files())) }
        val cancellation = Cancellation().apply { cancel() }
        assertThrows(CancelledException::class.java) { open(packed, cancellation) }
        assertTrue(unpack.listFiles().orEmpty().isEmpty())
    }

    @Test
    fun aFolderThatTakesNothingIsAnError() {
        val packed = File(folder, "b.pinpoint").apply { writeBytes(zip(TestBundle.files())) }
        unpack.writeText("a file is in the way")
        val error = assertThrows(OutputException::class.java) { open(packed) }
        assertEquals("output", error.code)
        assertTrue("${error.message}", "Free some space" in error.message.orEmpty())
        assertEquals(setOf("b.pinpoint", "unpacked"), folder.list()!!.toSet())
    }

    @Test
    fun aFlippedByteAndACutFileAreFound() {
        val files = TestBundle.files()
        val changed = files.toMutableMap()
        changed["stages/decode.onnx"] = files.getValue("stages/decode.onnx").copyOf().apply { this[3] = (this[3] + 1).toByte() }
        refused(File(folder, "a.pinpoint").apply { writeBytes(zip(changed)) }, IntegrityException::class.java, "changed")
        val whole = zip(files)
        for (size in listOf(0, 10, whole.size / 2, whole.size - 5)) {
            refused(File(folder, "c.pinpoint").apply { writeBytes(whole.copyOf(size)) }, BundleException::class.java, "")
        }
        val plain = TestBundle.write(File(folder, "b"))
        File(plain, "stages/detect.onnx").apply { writeBytes(readBytes().apply { this[0] = 1 }) }
        refused(plain, IntegrityException::class.java, "changed")
        File(plain, "stages/detect.onnx").writeBytes(ByteArray(3))
        refused(plain, IntegrityException::class.java, "3 bytes")
        File(plain, "stages/detect.onnx").delete()
        refused(plain, BundleException::class.java, "missing")
    }

    @Test
    fun hostileNamesAreRefused() {
        val names = listOf(
            "../evil", "/etc/passwd", "a/../../b", "C:evil", "a\\b", "con", "a/nul.txt", "a./b", "a/", "", "ä", "a b",
            "x".repeat(101), "MANIFEST.json", "manifest.json/x",
        )
        for (name in names) {
            val file = File(folder, "n.pinpoint").apply { writeBytes(zip(TestBundle.files() + (name to byteArrayOf(1)))) }
            refused(file, BundleException::class.java, "")
        }
        assertFalse(File(folder.parentFile, "evil").exists())
    }

    @Test
    fun membersThatAreNoPlainFilesAreRefused() {
        val files = TestBundle.files()
        val cases = mapOf(
            "link" to Edit(mode = 0xA1ED),
            "encrypted" to Edit(flags = 1),
            "method" to Edit(method = 12),
            "200 times" to Edit(size = 1L shl 33),
            "above 4 GiB" to Edit(size = 5L shl 30, packed = 1L shl 28),
            "is not where" to Edit(offset = 7),
        )
        for ((words, edit) in cases) {
            val file = File(folder, "m.pinpoint").apply { writeBytes(zip(files, "stages/glance.onnx", edit)) }
            refused(file, BundleException::class.java, words)
        }
        refused(
            File(folder, "x.pinpoint").apply { writeBytes(zip(files + ("extra" to byteArrayOf(1)))) },
            BundleException::class.java, "does not list",
        )
        refused(
            File(folder, "y.pinpoint").apply { writeBytes(zip(files - "tokenizer.json")) },
            BundleException::class.java, "lacks",
        )
        refused(File(folder, "z").apply { mkdirs() }, BundleException::class.java, "no bundle")
        refused(File(folder, "none"), BundleException::class.java, "does not exist")
    }

    @Test
    fun anyFlippedByteOpensTheSameOrIsRefused() {
        val whole = zip(TestBundle.files())
        val random = Random(1)
        val digest = open(File(folder, "g.pinpoint").apply { writeBytes(whole) }).digest
        repeat(400) {
            unpack.deleteRecursively()
            val bytes = whole.copyOf()
            // Where the structures are: the end of the file, and the heads of members.
            val at = if (it % 2 == 0) bytes.size - 1 - random.nextInt(900) else random.nextInt(bytes.size)
            bytes[at] = (bytes[at] + 1 + random.nextInt(255)).toByte()
            val file = File(folder, "f.pinpoint").apply { writeBytes(bytes) }
            try {
                assertEquals(digest, open(file).digest)
            } catch (error: PinPointException) {
                assertTrue(unpack.listFiles().orEmpty().isEmpty())
            }
        }
    }

    @Test
    fun manifestsAreReadStrictly() {
        val manifest = String(TestBundle.files().getValue(MANIFEST))
        fun read(text: String) = readManifest(text.toByteArray(), "m")
        assertEquals("1.4", read(manifest).schema)
        assertEquals("1.9", read(manifest.replace("\"1.4\"", "\"1.9\"").replaceFirst("{", "{\"new\": [1, {}],")).schema)
        val broken = mapOf(
            manifest.replace("\"1.4\"", "\"2.0\"") to "update pinpoint-edge",
            manifest.replace("\"1.4\"", "\"0.9\"") to "no longer reads",
            manifest.replace("\"coverage\": 0.8", "\"coverage\": NaN") to "not valid JSON",
            *listOf("00.8", ".8", "0.", "1e", "1e+", "-", "+1", "0x1", "1e999", "tru").map {
                manifest.replace("\"coverage\": 0.8", "\"coverage\": $it") to "not valid JSON"
            }.toTypedArray(),
            manifest.replace("\"coverage\": 0.8", "\"coverage\": 1.5") to "$.coverage",
            manifest.replace("\"coverage\": 0.8", "\"coverage\": \"x\"") to "$.coverage",
            manifest.replaceFirst("{", "{\"name\": \"a\",") to "twice",
            manifest.replace("\"op\": \"grey\"", "\"op\": \"blue\"") to "does not know",
            manifest.replace("\"fill\": 127", "\"fill\": 128") to "$.preprocessing",
            manifest.replace("\"batch\": 8", "\"batch\": 9") to "other host parameters",
            manifest.replace("stages/align.onnx", "../align.onnx") to "holds '..'",
            manifest.replace("\"dtype\": \"uint8\"", "\"dtype\": \"int4\"") to "dtype",
            manifest + "x" to "follows",
            manifest.dropLast(2) to "cut short",
            "[".repeat(100_000) to "too deep",
            "" to "cut short",
        )
        for ((text, words) in broken) {
            val error = assertThrows(BundleException::class.java) { read(text) }
            assertTrue("${error.message}: $words", words in error.message.orEmpty())
        }
    }
}

/** What a hostile directory says of one member. */
internal class Edit(
    val mode: Int? = null,
    val flags: Int? = null,
    val method: Int? = null,
    val size: Long? = null,
    val packed: Long? = null,
    val offset: Long? = null,
)

/** A ZIP of stored members; [edit] is what its directory says of [edited] instead of the truth. */
internal fun zip(files: Map<String, ByteArray>, edited: String? = null, edit: Edit = Edit()): ByteArray {
    val out = ByteArrayOutputStream()
    val directory = ByteArrayOutputStream()
    fun block(size: Int, fill: ByteBuffer.() -> Unit) =
        ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).apply(fill).array()
    for ((name, bytes) in files.toSortedMap()) {
        val own = if (name == edited) edit else Edit()
        val raw = name.toByteArray()
        val crc = CRC32().apply { update(bytes) }.value.toInt()
        val at = out.size().toLong()
        out.write(block(30) {
            putInt(0x04034b50).putShort(20).putShort(0).putShort(0).putInt(0x210000).putInt(crc)
            putInt(bytes.size).putInt(bytes.size).putShort(raw.size.toShort()).putShort(0)
        })
        out.write(raw)
        out.write(bytes)
        val sizes = listOf(own.size ?: bytes.size.toLong(), own.packed ?: bytes.size.toLong(), own.offset ?: at)
        directory.write(block(46) {
            putInt(0x02014b50).putShort(0x031E).putShort(45).putShort((own.flags ?: 0).toShort())
            putShort((own.method ?: 0).toShort()).putInt(0x210000).putInt(crc).putInt(-1).putInt(-1)
            putShort(raw.size.toShort()).putShort(28).putShort(0).putShort(0).putShort(0)
            putInt((own.mode ?: 0x81A4) shl 16).putInt(-1)
        })
        directory.write(raw)
        directory.write(block(28) {
            putShort(1).putShort(24)
            for (size in sizes) putLong(size)
        })
    }
    val at = out.size()
    out.write(directory.toByteArray())
    out.write(block(22) {
        putInt(0x06054b50).putInt(0).putShort(files.size.toShort()).putShort(files.size.toShort())
        putInt(directory.size()).putInt(at).putShort(0)
    })
    return out.toByteArray()
}
