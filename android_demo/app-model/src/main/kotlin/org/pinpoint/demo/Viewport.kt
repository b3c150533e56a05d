package org.pinpoint.demo

import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Quad

/** Where the page lies in its view: a page pixel (x, y) is at (left + x scale, top + y scale). */
public data class Viewport(public val scale: Float, public val left: Float, public val top: Float) {
    /** The viewport after a pinch by [factor] about a point of the view, held so that the page does not leave it. */
    public fun zoomed(
        factor: Float,
        atX: Float,
        atY: Float,
        page: Pair<Int, Int>,
        view: Pair<Int, Int>,
    ): Viewport {
        val least = fitted(page, view).scale
        val next = (scale * factor).coerceIn(least, max(MOST, least))
        val ratio = next / scale
        return Viewport(next, atX - (atX - left) * ratio, atY - (atY - top) * ratio).held(page, view)
    }

    /** The viewport after a drag. */
    public fun moved(dx: Float, dy: Float, page: Pair<Int, Int>, view: Pair<Int, Int>): Viewport =
        Viewport(scale, left + dx, top + dy).held(page, view)

    private fun held(page: Pair<Int, Int>, view: Pair<Int, Int>) =
        Viewport(scale, held(left, page.first, view.first), held(top, page.second, view.second))

    /** A page that is smaller than the view lies in its middle, a larger one covers it. */
    private fun held(at: Float, page: Int, view: Int): Float {
        val size = page * scale
        return if (size <= view) (view - size) / 2 else at.coerceIn(view - size, 0f)
    }

    public companion object {
        private const val MOST = 8f

        /** The whole page in the middle of the view. */
        public fun fitted(page: Pair<Int, Int>, view: Pair<Int, Int>): Viewport {
            val scale = min(view.first.toFloat() / page.first, view.second.toFloat() / page.second)
            return Viewport(scale, (view.first - page.first * scale) / 2, (view.second - page.second * scale) / 2)
        }
    }
}

/** The rectangle of the view that shows a quad with room around it, to bring an answer into sight. */
public fun focusOn(quad: Quad, page: Pair<Int, Int>, view: Pair<Int, Int>): Viewport {
    val box = quad.bounds
    val whole = Viewport.fitted(page, view)
    val scale = min(max(whole.scale, 0.6f * view.first / max(box.x1 - box.x0, 1.0).toFloat()), 3 * whole.scale)
    val x = ((box.x0 + box.x1) / 2).toFloat()
    val y = ((box.y0 + box.y1) / 2).toFloat()
    return Viewport(scale, view.first / 2 - x * scale, view.second / 2 - y * scale).moved(0f, 0f, page, view)
}
