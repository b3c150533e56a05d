package org.pinpoint.edge.vision.flat

import org.junit.Assert.assertEquals
import org.junit.Test
import org.pinpoint.edge.Case
import org.pinpoint.edge.Golden
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Quad
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.Transcription

/** Which way is up: the golden cases, by lines that are as sure as a case says; and the way back of points. */
class TurnTest {
    private class Reader(case: Case) {
        private val texts = HashMap<Quad, Transcription>()
        var lines = 0

        init {
            for ((name, from) in listOf("" to 0, "turned_" to 4)) {
                for ((n, quad) in case["quads"].all.withIndex()) {
                    val corners = quad.floats
                    val key = Quad(FloatArray(8) { corners[(it + from) % 8] })
                    val sure = FloatArray(case["${name}characters"][n].int) { case["${name}sure"][n].float }
                    texts[key] = Transcription("", sure, DoubleArray(0), DoubleArray(0))
                }
            }
        }

        fun read(found: List<Region>): List<Transcription> {
            lines += found.size
            return found.map { texts.getValue(it.quad) }
        }
    }

    @Test
    fun goldenTurns() {
        for (case in Golden("turn").cases["pages"].all) {
            val name = case["name"].text
            val found = case["quads"].all.map { Region(it.quad, 0.9) }
            val reader = Reader(case)
            assertEquals(name, case["quarters"].int, quartersOf(found, reader::read))
            assertEquals(name, case["upside_down"].bool, isUpsideDown(found, case["readings"].texts, reader::read))
            val single = withUpwardLines(found, reader::read)
            assertEquals(name, case["single_lines"].all.map { it.quad }, single.map { it.quad })
            if (name in setOf("upright", "unasked", "short_at_the_margin")) assertEquals(0, reader.lines)
        }
    }

    @Test
    fun pointsGoBackWithTheQuarters() {
        val width = 30
        val given = Pixels(width, 20, 3, ByteArray(width * 20 * 3) { (it * 31 % 251).toByte() })
        for (quarters in 0 until 4) {
            val view = View.of(given, quarters)
            assertEquals(quarters, view.way.quarters)
            for (y in 0 until view.page.height) {
                for (x in 0 until view.page.width) {
                    val back = view.way.toGiven(Quad(FloatArray(8) { if (it % 2 == 0) x + 0.5f else y + 0.5f })).corners
                    val at = (back[1].toInt() * width + back[0].toInt()) * 3
                    assertEquals(given.data[at], view.page.data[(y * view.page.width + x) * 3])
                }
            }
        }
    }
}
