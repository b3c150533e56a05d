package org.pinpoint.demo

import java.awt.Color
import java.awt.Rectangle
import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.pinpoint.edge.Answer
import org.pinpoint.edge.Box
import org.pinpoint.edge.Case
import org.pinpoint.edge.Evidence
import org.pinpoint.edge.Golden
import org.pinpoint.edge.Kind
import org.pinpoint.edge.Quad
import org.pinpoint.edge.Signals
import org.pinpoint.edge.TokenCount
import org.pinpoint.edge.rgb

private const val WIDTH = 360
private const val HEIGHT = 420

/**
 * The page view of each state, drawn by the code of the app on golden pages and their golden answers.
 *
 * The system property `sheet` names the picture that is written.
 */
class ContactSheetTest {
    @Test
    fun everyStateIsDrawn() {
        val file = File(System.getProperty("sheet").orEmpty())
        assumeTrue("no place for the contact sheet", file.path.isNotEmpty())
        val states = listOf("receipt", "form").flatMap(::statesOf)
        val across = 5
        val sheet = BufferedImage(across * WIDTH, (states.size + across - 1) / across * HEIGHT, BufferedImage.TYPE_INT_RGB)
        for ((n, state) in states.withIndex()) {
            val place = Rectangle(n % across * WIDTH, n / across * HEIGHT, WIDTH - 8, HEIGHT - 8)
            val graphics = sheet.createGraphics()
            graphics.clip(place)
            graphics.translate(place.x, place.y)
            graphics.color = Color(if (n % 2 == 0) 0xD9DDD6 else 0x0B0D0B)
            graphics.fillRect(0, 0, place.width, place.height)
            drawPage(state, viewportOf(state, place.width to place.height), 1f, PictureDrawing(graphics, state.pages))
            graphics.dispose()
            val colours = sheet.getRGB(place.x, place.y, place.width, place.height, null, 0, place.width)
            assertTrue("the answer is green on picture $n", state.shown == null || colours.any(::isGreen))
        }
        assertTrue(ImageIO.write(sheet, "png", file))
        assertEquals(sheet.width, ImageIO.read(file).width)
    }

    private fun isGreen(colour: Int) = Color(colour).let { it.green > it.red + 40 && it.green > it.blue + 20 }

    private fun viewportOf(state: State, view: Pair<Int, Int>): Viewport {
        val page = state.pages.single().let { it.width to it.height }
        val quad = state.shown?.answer?.quads?.firstOrNull() ?: return Viewport.fitted(page, view)
        return focusOn(quad, page, view)
    }

    /** A page without and with its regions, and with each of its golden answers. */
    private fun statesOf(name: String): List<State> {
        val golden = Golden("pages/$name", "page.json")
        val page = State(pages = listOf(rgb(golden.file("page.png"))))
        val regions = golden.cases["found"].all.map { it["quad"].quad.bounds }
        val read = page.copy(document = Loading.Done, regions = listOf(regions))
        val answers = golden.cases["questions"].all.filter { it["answer"]["found"].bool }.take(3)
        return listOf(page, read) + answers.map { case ->
            val result = Result(case["question"].text, answerOf(case["answer"]))
            read.copy(results = listOf(result), shown = result)
        }
    }

    private fun answerOf(case: Case): Answer {
        val quads = case["quads"].all.map { it.quad }
        val evidence = case["evidence"].all.map {
            val (x0, y0, x1, y1) = it["box"].doubles
            Evidence(it["text"].text, Box(x0, y0, x1, y1), 0, it["relevance"].double, it["probability"].double)
        }
        return Answer(
            case["text"].text, true, Kind.SPAN, case["confidence"].double, 0, quads.map(Quad::bounds), quads, evidence,
            TokenCount(1, 1, 1, 1, 1, 1, 0), Signals(1.0, 1.0, 1.0, 0.0, 0.0), emptyMap(),
        )
    }
}
