package org.pinpoint.demo

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.io.InputStream
import java.nio.file.Files
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.FakeRunner
import org.pinpoint.edge.IntegrityException
import org.pinpoint.edge.OutputException
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.Progress
import org.pinpoint.edge.TestBundle

/** The bundles of the app: imports that end well or badly, and what lies in the folder afterwards. */
class BundlesTest {
    private val folder: File = Files.createTempDirectory("bundles").toFile()
    private val own = File(folder, "own")
    private val silent = Progress { _, _, _ -> }
    private val file = zipped(TestBundle.write(File(folder, "b")))

    @After
    fun clean() {
        folder.deleteRecursively()
    }

    private fun zipped(bundle: File): ByteArray {
        val out = ByteArrayOutputStream()
        ZipOutputStream(out).use { zip ->
            for (member in bundle.walk().filter { it.isFile }) {
                zip.putNextEntry(ZipEntry(member.relativeTo(bundle).path))
                zip.write(member.readBytes())
            }
        }
        return out.toByteArray()
    }

    private fun source(bytes: ByteArray, size: Long? = bytes.size.toLong()) = object : BundleSource {
        override val size = size

        override fun open(): InputStream = bytes.inputStream()
    }

    private fun bundles(brought: BundleSource? = null, free: Long = 1L shl 40) =
        BundleFolder(own, { FakeRunner() }, brought) { free }

    private fun import(bytes: ByteArray, cancellation: Cancellation = Cancellation()): PinPoint =
        bundles().import(source(bytes), silent, cancellation)

    private fun names() = own.list().orEmpty().sorted()

    @Test
    fun withoutOneThereIsNone() {
        assertNull(bundles().open(silent, Cancellation()))
    }

    @Test
    fun anImportedBundleIsOpenedTheNextTime() {
        val heard = ArrayList<Long>()
        val reader = bundles().import(source(file, null), { _, done, all -> if (done == all) heard.add(done) }, Cancellation())
        reader.close()
        assertTrue(file.size.toLong() in heard)
        assertEquals(listOf("current", reader.digest).sorted(), names())
        bundles().open(silent, Cancellation())!!.use { assertEquals(reader.digest, it.digest) }
    }

    @Test
    fun theBundleThatTheAppBringsIsTakenOnce() {
        bundles(source(file)).open(silent, Cancellation())!!.close()
        val broken = object : BundleSource {
            override val size = 1L

            override fun open(): InputStream = throw IOException("gone")
        }
        bundles(broken).open(silent, Cancellation())!!.close()
        assertThrows(BundleException::class.java) { bundles().import(broken, silent, Cancellation()) }
    }

    @Test
    fun aDamagedFileLeavesTheOldBundle() {
        val damaged = file.clone().also { bytes -> for (i in 100..140) bytes[i] = 0 }
        assertThrows(BundleException::class.java) { import(damaged) }
        assertTrue(names().isEmpty())
        val digest = import(file).use { it.digest }
        assertThrows(BundleException::class.java) { import(file.copyOf(file.size / 2)) }
        assertThrows(BundleException::class.java) { import(ByteArray(9)) }
        assertEquals(listOf("current", digest).sorted(), names())
        bundles().open(silent, Cancellation())!!.use { assertEquals(digest, it.digest) }
    }

    @Test
    fun aNewBundleReplacesTheOldOne() {
        import(file).close()
        File(own, "0".repeat(64)).mkdirs()
        import(file).close()
        assertEquals(2, names().size)
    }

    @Test
    fun aBundleThatWasChangedOnTheDeviceIsAnError() {
        val digest = import(file).use { it.digest }
        val manifest = File(own, "$digest/manifest.json")
        val changed = File(own, digest).walk().first { it.isFile && it != manifest && it.length() > 0 }
        changed.appendText("x")
        assertThrows(IntegrityException::class.java) { bundles().open(silent, Cancellation()) }
    }

    @Test
    fun withoutSpaceNothingIsWritten() {
        val error = assertThrows(OutputException::class.java) {
            bundles(free = file.size.toLong()).import(source(file), silent, Cancellation())
        }
        assertTrue(error.message.orEmpty().contains("Free some space"))
        assertTrue(names().isEmpty())
    }

    @Test
    fun aCancelledImportLeavesNothing() {
        val cancellation = Cancellation()
        cancellation.cancel()
        assertThrows(CancelledException::class.java) { import(file, cancellation) }
        assertFalse(File(own, "incoming.pinpoint").exists())
        assertTrue(names().isEmpty())
    }
}
