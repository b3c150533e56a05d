package org.pinpoint.edge.vision

import java.util.Random
import kotlin.math.min
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.Golden
import org.pinpoint.edge.OptionException
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Quad

/** Resize, grey, canvas and crops: the golden bytes, and what holds for any picture. */
class PixelsTest {
    private val random = Random(7)

    private fun noise(width: Int, height: Int, channels: Int): Pixels =
        Pixels(width, height, channels, ByteArray(width * height * channels).also(random::nextBytes))

    @Test
    fun goldenResizes() {
        val golden = Golden("resize")
        for (case in golden.cases["resize"].all) {
            val source = golden.pixels(case["source"]["file"].text, case["source"]["shape"].ints)
            val (height, width) = case["target"]["shape"].ints
            val name = case["target"]["file"].text
            assertArrayEquals(name, golden.bytes(name), source.resized(width, height).data)
        }
        val colour = golden.pixels("colour.bin", listOf(67, 83, 3))
        assertArrayEquals(golden.bytes("grey.bin"), colour.toGrey().data)
    }

    @Test
    fun goldenCanvases() {
        for (case in Golden("resize").cases["fit_canvas"].all) {
            val (height, width) = case["page"].ints
            val canvas = fitCanvas(Pixels(width, height, 3, ByteArray(width * height * 3)))
            assertEquals(case["canvas"].ints, listOf(canvas.image.height, canvas.image.width))
            assertEquals(case["scale"].double, canvas.scale, 1e-12)
            assertEquals(case["used"].ints, listOf(canvas.usedHeight, canvas.usedWidth))
        }
    }

    @Test
    fun goldenCrops() {
        val golden = Golden("crop")
        val page = golden.pixels("page.bin", golden.cases["page"].ints)
        for (case in golden.cases["crops"].all) {
            val (height, width) = case["shape"].ints
            val name = case["file"].text
            assertEquals(name, case["crop_width"].int, cropWidth(case["quad"].quad, height))
            assertArrayEquals(name, golden.bytes(name), cropQuad(page, case["quad"].quad, height, width).data)
        }
    }

    @Test
    fun goldenBatches() {
        val golden = Golden("crop")
        val page = golden.pixels("page.bin", golden.cases["page"].ints)
        val quads = golden.cases["crops"].all.map { it["quad"].quad }
        for (case in golden.cases["batch_crops"].all) {
            val source = if (case["grey"].bool) page.toGrey() else page
            val made = cropBatches(source, quads, case["height"].int, case["widths"].ints).toList()
            val batches = case["batches"].all
            assertEquals(batches.size, made.size)
            for ((batch, own) in batches.zip(made)) {
                assertEquals(batch["indices"].ints, own.indices.toList())
                assertEquals(batch["used"].ints, own.used.toList())
                assertArrayEquals(golden.bytes(batch["file"].text), own.crops)
            }
        }
    }

    @Test
    fun aResizedPictureStaysWithinItsValues() {
        repeat(60) {
            val source = noise(1 + random.nextInt(40), 1 + random.nextInt(40), if (it % 2 == 0) 3 else 1)
            val width = 1 + random.nextInt(60)
            val height = 1 + random.nextInt(60)
            val made = source.resized(width, height)
            assertEquals(listOf(width, height, source.channels), listOf(made.width, made.height, made.channels))
            val values = source.data.map { byte -> byte.toInt() and 255 }
            for (byte in made.data) assertTrue((byte.toInt() and 255) in values.min()..values.max())
        }
        val plain = Pixels(9, 5, 3, ByteArray(135) { 77 })
        assertTrue(plain.resized(31, 2).data.all { it == 77.toByte() })
    }

    @Test
    fun aCropOfAnyQuadHasItsSize() {
        val page = noise(50, 40, 3)
        repeat(300) {
            val quad = Quad(FloatArray(8) { random.nextFloat() * 120 - 30 })
            val width = min(cropWidth(quad, 16), 200)
            val crop = cropQuad(page, quad, 16, width)
            assertEquals(listOf(width, 16), listOf(crop.width, crop.height))
        }
    }

    @Test
    fun anUprightCropIsTheResizedPart() {
        val page = noise(60, 50, 3)
        repeat(50) {
            val x0 = random.nextInt(40)
            val y0 = random.nextInt(40)
            val width = 4 + random.nextInt(15)
            val height = 2 + random.nextInt(8)
            val quad = quadOf(
                cornersOf(org.pinpoint.edge.Box(x0 + .0, y0 + .0, x0 + width + .0, y0 + height + .0)),
            )
            val rows = (y0 until y0 + height).flatMap { y ->
                page.data.slice((y * 60 + x0) * 3 until (y * 60 + min(x0 + width, 60)) * 3)
            }
            val part = Pixels(min(width, 60 - x0), height, 3, rows.toByteArray())
            assertArrayEquals(part.resized(20, 16).data, cropQuad(page, quad, 16, 20).data)
        }
    }

    @Test
    fun batchesHoldEveryQuadOnceAndAreNeverTooNarrow() {
        val page = noise(200, 60, 1)
        repeat(30) {
            val quads = List(random.nextInt(30)) {
                val width = 1f + random.nextInt(190)
                Quad(floatArrayOf(2f, 5f, 2f + width, 5f, 2f + width, 20f, 2f, 20f))
            }
            val batches = cropBatches(page, quads, 16, listOf(32, 64, 128)).toList()
            assertEquals(quads.indices.toList(), batches.flatMap { it.indices.toList() }.sorted())
            for (batch in batches) assertTrue(batch.used.max() <= batch.width)
        }
    }

    @Test
    fun aBrokenPictureIsRefused() {
        assertThrows(OptionException::class.java) { Pixels(0, 4, 3, ByteArray(0)) }
        assertThrows(OptionException::class.java) { Pixels(2, 2, 4, ByteArray(16)) }
        assertThrows(OptionException::class.java) { Pixels(2, 2, 3, ByteArray(11)) }
        assertThrows(OptionException::class.java) { Pixels(65536, 65536, 3, ByteArray(0)) }
        assertThrows(OptionException::class.java) { Quad(floatArrayOf(1f, 2f)) }
    }
}
