package org.pinpoint.edge.vision

import org.junit.Assert.assertEquals
import org.junit.Test
import org.pinpoint.edge.Golden
import org.pinpoint.edge.Pixels

/** Long pages in parts: the golden cases, and maps that are put together again. */
class PartsTest {
    private val golden = Golden("parts").cases

    @Test
    fun goldenParts() {
        for (case in golden["pages"].all) {
            val (pageHeight, pageWidth) = case["page"].ints
            val (height, width, scale) = longCanvas(pageWidth, pageHeight)
            assertEquals(case["canvas"].ints, listOf(height, width))
            assertEquals(case["scale"].double, scale, 1e-12)
            assertEquals(case["spans"].rows, parts(width, height).map { listOf(it.start, it.first, it.stop) })
        }
        for (case in golden["long"].all) {
            val (height, width) = case["page"].ints
            assertEquals(case["long"].bool, isLong(width, height))
        }
    }

    @Test
    fun aCanvasHoldsThePage() {
        val case = golden["pages"].all.last()
        val (height, width) = case["page"].ints
        val canvas = fitLongCanvas(Pixels(width, height, 3, ByteArray(width * height * 3)))
        assertEquals(case["used"].ints, listOf(canvas.usedHeight, canvas.usedWidth))
    }

    @Test
    fun theMapsOfPartsAreTheMapOfTheWhole() {
        for ((width, height) in listOf(480 to 2000, 2500 to 736)) {
            val canvas = Pixels(width, height, 3, ByteArray(width * height * 3) { (it % 251).toByte() })
            val maps = partsOf(canvas).map { part -> FloatArray(part.width * part.height) { part.data[3 * it].toFloat() } }
            val whole = joinedMap(maps, width, height)
            for (i in whole.values.indices) check(whole.values[i] == canvas.data[3 * i].toFloat()) { "pixel $i" }
        }
    }
}
