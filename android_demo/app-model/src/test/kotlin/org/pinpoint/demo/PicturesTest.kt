package org.pinpoint.demo

import java.util.Random
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.Pixels

/** Kinds of files, sampling, EXIF orientations and previews. */
class PicturesTest {
    /** A grey picture of the numbers of its pixels, as stored, made upright. */
    private fun upright(orientation: Int): List<List<Int>> {
        val picture = UprightPicture(3, 2, orientation)
        for (y in 0 until 2) picture.row(y, IntArray(3) { x -> (255 shl 24) or ((3 * y + x + 1) * 0x010101) })
        val pixels = picture.pixels()
        return (0 until pixels.height).map { y -> (0 until pixels.width).map { x -> pixels.data[3 * (y * pixels.width + x)].toInt() } }
    }

    @Test
    fun orientationsAreThoseOfExif() {
        val right = listOf(listOf(1, 2, 3), listOf(4, 5, 6))
        assertEquals(right, upright(1))
        assertEquals(listOf(listOf(3, 2, 1), listOf(6, 5, 4)), upright(2))
        assertEquals(listOf(listOf(6, 5, 4), listOf(3, 2, 1)), upright(3))
        assertEquals(listOf(listOf(4, 5, 6), listOf(1, 2, 3)), upright(4))
        assertEquals(listOf(listOf(1, 4), listOf(2, 5), listOf(3, 6)), upright(5))
        assertEquals(listOf(listOf(4, 1), listOf(5, 2), listOf(6, 3)), upright(6))
        assertEquals(listOf(listOf(6, 3), listOf(5, 2), listOf(4, 1)), upright(7))
        assertEquals(listOf(listOf(3, 6), listOf(2, 5), listOf(1, 4)), upright(8))
        assertEquals(right, upright(0))
        assertEquals(right, upright(99))
    }

    @Test
    fun whatIsTransparentLiesOnWhite() {
        val picture = UprightPicture(3, 1, 1)
        picture.row(0, intArrayOf(0x00123456, 0x80000000.toInt(), 0xFF102030.toInt()))
        assertArrayEquals(byteArrayOf(-1, -1, -1, 127, 127, 127, 16, 32, 48), picture.pixels().data)
    }

    @Test
    fun photosAreSampledDownAsFarAsNeeded() {
        assertEquals(1, sampleSize(4000, 3000))
        assertEquals(2, sampleSize(8000, 6000))
        assertEquals(4, sampleSize(16320, 12240))
        val random = Random(5)
        repeat(200) {
            val width = 1 + random.nextInt(60_000)
            val height = 1 + random.nextInt(60_000)
            val size = sampleSize(width, height)
            assertTrue((width / size).toLong() * (height / size) <= MOST_PHOTO_PIXELS)
        }
    }

    @Test
    fun pagesOfAPdfHave200DotsPerInchOrFewer() {
        assertEquals(200 / 72.0, pdfScale(595, 842), 1e-9)
        val scale = pdfScale(3000, 4000)
        assertEquals(MOST_PDF_PIXELS.toDouble(), 3000 * scale * 4000 * scale, 1.0)
    }

    @Test
    fun kindsAreKnownByTheFirstBytes() {
        fun kind(text: String) = kindOf(text.toByteArray(Charsets.ISO_8859_1))
        assertEquals(FileKind.PDF, kind("%PDF-1.7 ..."))
        assertEquals(FileKind.BUNDLE, kind("PK\u0003\u0004........"))
        for (head in listOf("\u00ff\u00d8\u00ff\u00e0JFIF", "\u0089PNG\r\n", "GIF89a", "BM......", "RIFF....WEBP", "....ftypheic")) {
            assertEquals(head, FileKind.PICTURE, kind(head))
        }
        for (head in listOf("", "P", "MZ......", "RIFF....WAVE", "<html>")) assertEquals(head, FileKind.UNKNOWN, kind(head))
        assertFalse(followsExif("....ftypheic".toByteArray()))
        assertTrue(followsExif("\u00ff\u00d8\u00ff".toByteArray(Charsets.ISO_8859_1)))
    }

    @Test
    fun aPreviewIsTheMeanOfSquares() {
        val pixels = Pixels(5, 4, 3, ByteArray(60) { (if (it / 3 % 5 < 2) 100 else 50).toByte() })
        val preview = Preview(pixels, 6)
        assertEquals(2, preview.step)
        val row = IntArray(preview.width)
        preview.row(1, row)
        assertArrayEquals(intArrayOf(0xFF646464.toInt(), 0xFF323232.toInt()), row)
        assertEquals(1, Preview(Pixels(900, 1, 3, ByteArray(2700)), 9).height)
    }
}
