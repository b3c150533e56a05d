package org.pinpoint.edge.vision.flat

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import org.pinpoint.edge.Case
import org.pinpoint.edge.Golden
import org.pinpoint.edge.assertClose
import org.pinpoint.edge.vision.Canvas
import org.pinpoint.edge.vision.Component
import org.pinpoint.edge.vision.findText

/** Bent pages: slopes, the field of them, the grid, and its pixels, as in the golden vectors. */
class BendTest {
    private val golden = Golden("bend")
    private val pages = golden.cases["pages"].all

    private fun opened(case: Case): Pair<List<Component>, Canvas> {
        val name = case["name"].text
        val (height, width) = case["shape"].ints
        val (usedWidth, usedHeight) = case["size"].ints
        val grey = golden.pixels("$name.grey.bin", listOf(height, width, 1))
        val canvas = Canvas(grey, case["scale"].double, usedWidth, usedHeight)
        return findText(golden.plane("$name.map.bin", width, height)) to canvas
    }

    private fun bend(case: Case): Bend {
        val (width, height) = case["bend"]["size"].ints
        return Bend(case["bend"]["nodes"].rows.map { it.toIntArray() }, width, height)
    }

    private fun nodes(bend: Bend) = bend.places.map { it.toList() }

    private fun floats(values: List<Double>) = FloatArray(values.size) { values[it].toFloat() }

    @Test
    fun goldenBends() {
        for (case in pages) {
            val (components, canvas) = opened(case)
            val pieces = findPieces(components)
            assertEquals(case["pieces"].all.size, pieces.size)
            for ((told, own) in case["pieces"].all.zip(pieces)) {
                val seen = listOf(own.x, own.y, own.slope, own.weight)
                for (i in 0 until 4) assertEquals(told[i].double, seen[i], 1e-6)
            }
            val inked = pieces.map { it.with(inkSlope(it, canvas.grey)) }
            assertClose(case["ink"], floats(inked.map { it.slope }), 1e-6)
            val field = fitSlopes(inked, canvas.usedWidth, canvas.usedHeight)
            assertClose(case["field"], floats(field.slopes.toList()), 1e-6)
            val found = findBend(components, canvas, case["tall"].double, case["page"][1].int)
            if (!case.has("bend")) {
                assertNull(found)
                continue
            }
            assertEquals(case["bend"]["size"].ints, listOf(found!!.width, found.height))
            assertEquals(case["name"].text, case["bend"]["nodes"].rows, nodes(found))
        }
    }

    @Test
    fun goldenPixelsAndTheWayBack() {
        for (case in pages.filter { it.has("bend") }) {
            val name = case["name"].text
            val bend = bend(case)
            val flat = bend.flatten(golden.pixels("$name.page.bin", case["page"].ints))
            assertArrayEquals(golden.bytes("$name.flat.bin"), flat.data)
            for ((point, bent) in case["points"].all.zip(case["bent_points"].all)) {
                assertEquals(bent[1].double, bend.toBent(point[0].double, point[1].double), 1e-4)
            }
        }
    }

    @Test
    fun aBendThroughAnother() {
        val twice = golden.cases["twice"]
        fun named(name: String) = bend(pages.first { it["name"].text == twice[name].text })
        assertEquals(twice["nodes"].rows, nodes(named("second").of(named("first"))))
    }

    @Test
    fun aPageOfAFewLinesIsFlat() {
        val (components, canvas) = opened(pages.first { it.has("bend") })
        assertNull(findBend(components.take(3), canvas, 16.0, 300))
        assertNull(findBend(emptyList(), canvas, 16.0, 300))
    }
}
