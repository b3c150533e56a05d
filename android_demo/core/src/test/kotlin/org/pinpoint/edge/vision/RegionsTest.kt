package org.pinpoint.edge.vision

import java.util.Random
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.Case
import org.pinpoint.edge.Golden
import org.pinpoint.edge.assertClose
import org.pinpoint.edge.vision.layout.estimateSkew
import org.pinpoint.edge.vision.layout.geometry
import org.pinpoint.edge.vision.layout.readingOrder

/** Components, regions, rows: the golden cases, and what holds for any map. */
class RegionsTest {
    @Test
    fun goldenRegions() {
        val golden = Golden("components")
        for (case in golden.cases["find_regions"].all) {
            val (height, width) = case["shape"].ints
            val (pageWidth, pageHeight) = case["page_size"].ints
            val plane = golden.plane(case["file"].text, width, height)
            val found = regionsOf(findText(plane), case["scale"].double, pageWidth, pageHeight)
            val wanted = case["regions"].all
            assertEquals(wanted.size, found.size)
            for ((region, own) in wanted.zip(found)) {
                assertClose(region["quad"], own.quad.corners, 1e-4)
                assertEquals(region["score"].double, own.score, 1e-6)
            }
            val skew = estimateSkew(found)
            assertEquals(case["skew"].double, skew, 1e-6)
            assertEquals(case["rows"].rows, readingOrder(found, skew))
            assertClose(case["geometry"], geometry(found, pageWidth, pageHeight, skew), 1e-6)
        }
    }

    @Test
    fun componentsHoldEveryPixelOnce() {
        val random = Random(3)
        repeat(40) {
            val width = 1 + random.nextInt(30)
            val height = 1 + random.nextInt(30)
            val values = FloatArray(width * height) { if (random.nextInt(100) < 45) 1f else 0f }
            val found = findComponents(Plane(width, height, values), 0.5f)
            assertEquals(flooded(width, height, values), found.size)
            for (part in found) assertEquals(1.0, part.score, 0.0)
        }
    }

    /** The number of components, by filling them one after the other. */
    private fun flooded(width: Int, height: Int, values: FloatArray): Int {
        val left = values.copyOf()
        var count = 0
        for (start in left.indices) {
            if (left[start] == 0f) continue
            count++
            val open = ArrayDeque(listOf(start))
            left[start] = 0f
            while (open.isNotEmpty()) {
                val at = open.removeLast()
                for (y in at / width - 1..at / width + 1) {
                    for (x in at % width - 1..at % width + 1) {
                        if (x !in 0 until width || y !in 0 until height || left[y * width + x] == 0f) continue
                        left[y * width + x] = 0f
                        open.add(y * width + x)
                    }
                }
            }
        }
        return count
    }

    @Test
    fun theSmallestRectangleHoldsItsPoints() {
        val random = Random(5)
        repeat(100) {
            val points = DoubleArray(2 * (4 + random.nextInt(20))) { random.nextInt(50).toDouble() } +
                doubleArrayOf(0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0)
            val quad = minimumRectangle(points)
            val width = textWidth(quad)
            val height = textHeight(quad)
            for (i in points.indices step 2) {
                val x = points[i] - quad[0]
                val y = points[i + 1] - quad[1]
                val u = (x * (quad[2] - quad[0]) + y * (quad[3] - quad[1])) / width
                val v = (x * (quad[6] - quad[0]) + y * (quad[7] - quad[1])) / height
                assertTrue("$u $v", u > -1e-6 && u < width + 1e-6 && v > -1e-6 && v < height + 1e-6)
            }
            val box = boundsOf(points)
            assertTrue(width * height <= (box.x1 - box.x0) * (box.y1 - box.y0) + 1e-6)
        }
    }

    @Test
    fun theWeightedMedianIsTheFirstToReachHalf() {
        assertEquals(2.0, weightedMedian(doubleArrayOf(3.0, 1.0, 2.0), doubleArrayOf(1.0, 1.0, 1.0)), 0.0)
        assertEquals(1.0, weightedMedian(doubleArrayOf(3.0, 1.0), doubleArrayOf(1.0, 1.0)), 0.0)
        assertEquals(0.0, weightedMedian(DoubleArray(0), DoubleArray(0)), 0.0)
        assertArrayEquals(floatArrayOf(), geometry(emptyList(), 5, 5, 0.0), 0f)
    }
}
