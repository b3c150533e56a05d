package org.pinpoint.edge

import org.junit.Assert.assertEquals
import org.junit.Test
import org.pinpoint.edge.bundle.NotFoundPrior
import org.pinpoint.edge.bundle.SelectionParameters
import org.pinpoint.edge.generation.notFoundBias
import org.pinpoint.edge.retrieval.MATCH_COLUMNS
import org.pinpoint.edge.retrieval.content
import org.pinpoint.edge.retrieval.estimateTokens
import org.pinpoint.edge.retrieval.instructionIds
import org.pinpoint.edge.retrieval.matchFeatures
import org.pinpoint.edge.retrieval.select
import org.pinpoint.edge.retrieval.withCompanions
import org.pinpoint.edge.vision.REFINE_HEIGHT
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.cropBatches
import org.pinpoint.edge.vision.cropWidth
import org.pinpoint.edge.vision.fitCanvas
import org.pinpoint.edge.vision.glanceWidths
import org.pinpoint.edge.vision.layout.Layout
import org.pinpoint.edge.vision.layout.estimateSkew
import org.pinpoint.edge.vision.layout.layOut
import org.pinpoint.edge.vision.toGrey

private val WIDTHS = listOf(192, 512, 1280, 2560)

/** The golden pages: every step that needs no graph gives what they record. */
class PagesTest {
    private class Page(name: String) {
        val golden = Golden("pages/$name", "page.json")
        val told = golden.cases
        val pixels = rgb(golden.file("page.png"))
        val canvas = fitCanvas(pixels)
        val found = told["found"].all.map { Region(it["quad"].quad, it["score"].double) }

        fun laidOut(by: String): Pair<List<Region>, Layout> = layOut(found, canvas, pixels.width, pixels.height, by)
    }

    private val pages = listOf("receipt", "form").map(::Page)

    @Test
    fun canvases() {
        for (page in pages) {
            val told = page.told["canvas"]
            assertEquals(page.told["page_sha256"].text, digest(page.pixels.data))
            assertEquals(told["size"].ints, listOf(page.canvas.image.height, page.canvas.image.width))
            assertEquals(told["used"].ints, listOf(page.canvas.usedWidth, page.canvas.usedHeight))
            assertEquals(told["sha256"].text, digest(page.canvas.image.data))
            assertEquals(told["grey_sha256"].text, digest(page.canvas.grey.data))
        }
    }

    @Test
    fun orders() {
        for (page in pages) {
            assertEquals(page.told["skew"].double, estimateSkew(page.found), 1e-9)
            for (by in listOf("rows", "layout")) {
                val (regions, layout) = page.laidOut(by)
                val told = page.told[by]
                assertEquals(told["order"].ints, regions.map(page.found::indexOf))
                assertEquals(told["rows"].rows, layout.rows)
            }
            val told = page.told["layout"]
            val (_, layout) = page.laidOut("layout")
            assertEquals(told["cell"].ints, layout.cell.toList())
            assertEquals(told["table"].ints, layout.table.toList())
            for ((place, own) in told["places"].all.withIndex()) {
                val cell = layout.cells.copyOfRange(4 * place, 4 * place + 4)
                assertClose(own, layout.geometry.copyOfRange(4 * place, 4 * place + 4) + cell, 1e-6)
                assertEquals(told["companions"][place].ints, layout.companions(place))
            }
        }
    }

    @Test
    fun crops() {
        for (page in pages) {
            val (regions, _) = page.laidOut("rows")
            val quads = regions.map { it.quad }
            val seen = cropBatches(page.pixels.toGrey(), quads, 16, glanceWidths(16)).toList()
            assertEquals(page.told["glance"].all.map { it["sha256"].text }, seen.map { digest(it.crops) })
            for (question in page.told["questions"].all) {
                val chosen = question["refined"].all.map { quads[it["region"].int] }
                val groups = chosen.groupBy { quad -> WIDTHS.first { cropWidth(quad, REFINE_HEIGHT) <= it } }
                val made = groups.flatMap { (width, group) ->
                    cropBatches(page.pixels, group, REFINE_HEIGHT, listOf(width)).toList()
                }
                assertEquals(question["refine"].all.map { it["used"].ints }, made.map { it.used.toList() })
                assertEquals(question["refine"].all.map { it["sha256"].text }, made.map { digest(it.crops) })
            }
        }
    }

    @Test
    fun choices() {
        for (page in pages) {
            val (_, layout) = page.laidOut("rows")
            val readings = page.told["readings"].texts
            val costs = page.told["costs"].ints.toIntArray()
            assertEquals(costs.toList(), readings.map(::estimateTokens))
            for (question in page.told["questions"].all) {
                val text = question["question"].text
                assertEquals(question["content"].text, content(text))
                assertEquals(question["instruction"].ints, instructionIds(text, 64).toList())
                val match = matchFeatures(text, readings, layout)
                for ((place, row) in question["match"].all.withIndex()) {
                    val start = place * MATCH_COLUMNS
                    assertClose(row, match.copyOfRange(start, start + row.all.size), 1e-6)
                }
                val scores = question["scores"].floats
                val chosen = select(scores, 0f, costs, 0.8, 256, SelectionParameters())
                assertEquals(question["found"].bool, chosen.found)
                assertEquals(question["null"].double, chosen.nothing, 1e-6)
                assertEquals(question["chosen"].ints, withCompanions(chosen, scores, costs, 256, layout::companions))
                assertEquals(question["bias"].double, notFoundBias(question["null"].double, NotFoundPrior()), 1e-9)
            }
        }
    }
}
