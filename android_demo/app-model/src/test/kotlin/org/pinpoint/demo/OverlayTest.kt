package org.pinpoint.demo

import java.awt.Color
import java.awt.image.BufferedImage
import java.util.Random
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.Answer
import org.pinpoint.edge.Box
import org.pinpoint.edge.Evidence
import org.pinpoint.edge.Kind
import org.pinpoint.edge.Quad
import org.pinpoint.edge.Signals
import org.pinpoint.edge.TokenCount

/** The overlay drawn to a picture, and a viewport that never loses the page. */
class OverlayTest {
    private val quad = Quad(floatArrayOf(40f, 40f, 80f, 40f, 80f, 60f, 40f, 60f))
    private val answer = Answer(
        "7", true, Kind.SPAN, 0.9, 0, listOf(quad.bounds), listOf(quad),
        listOf(Evidence("Total 7", Box(10.0, 40.0, 80.0, 60.0), 0, 0.9, 0.99)),
        TokenCount(1, 1, 1, 1, 1, 1, 0), Signals(1.0, 1.0, 1.0, 0.0, 0.0), emptyMap(),
    )

    @Test
    fun theAnswerIsStrongTheEvidenceFaint() {
        val picture = BufferedImage(200, 200, BufferedImage.TYPE_INT_RGB)
        val graphics = picture.createGraphics()
        graphics.color = Color.WHITE
        graphics.fillRect(0, 0, 200, 200)
        val drawing = PictureDrawing(graphics, emptyList())
        drawOverlay(Result("Total?", answer), 0, Viewport(2f, 0f, 0f), 1f, drawing)
        fun darkness(x: Int, y: Int) = 765 - Color(picture.getRGB(x, y)).let { it.red + it.green + it.blue }
        assertEquals(0, darkness(190, 100))
        assertTrue("the evidence is seen", darkness(50, 100) > 5)
        assertTrue("the answer is stronger", darkness(120, 100) > 2 * darkness(50, 100))
        assertTrue("it has a line", darkness(80, 100) > 300)
    }

    @Test
    fun aViewportNeverLosesThePage() {
        val random = Random(4)
        val page = 600 to 900
        val view = 300 to 400
        var at = Viewport.fitted(page, view)
        val whole = at.scale
        repeat(500) {
            at = if (it % 2 == 0) {
                at.zoomed(0.5f + random.nextFloat(), random.nextInt(300) + 0f, random.nextInt(400) + 0f, page, view)
            } else {
                at.moved(random.nextInt(800) - 400f, random.nextInt(800) - 400f, page, view)
            }
            assertTrue(at.scale >= whole)
            val width = page.first * at.scale
            if (width >= view.first) assertTrue(at.left <= 0.01f && at.left + width >= view.first - 0.01f)
        }
        val focus = focusOn(quad, page, view)
        assertTrue(focus.scale >= whole)
    }

    @Test
    fun aPlaceIsHeardInThirds() {
        assertEquals(0 to 1, thirds(quad, 300 to 100))
        assertEquals(1 to 0, thirds(quad, 120 to 300))
        assertEquals(2 to 2, thirds(quad, 62 to 51))
    }
}
