package org.pinpoint.edge.vision.flat

import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Quad
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.turned

/**
 * The way from a page looked at back to the page given, of [width] x [height]; it holds no pixels.
 *
 * @property quarters by which the page was turned, counter-clockwise.
 * @property bend how the turned one lies, null for flat.
 */
internal class Way(private val width: Int, private val height: Int, val quarters: Int, val bend: Bend? = null) {
    /** Where a quad of the page looked at lies on the page as given. */
    fun toGiven(quad: Quad): Quad {
        if (quarters == 0 && bend == null) return quad
        val corners = FloatArray(8)
        for (i in 0 until 8 step 2) {
            val x = quad.corners[i].toDouble()
            val y = bend?.toBent(x, quad.corners[i + 1].toDouble()) ?: quad.corners[i + 1].toDouble()
            val left = when (quarters) {
                0 -> x
                1 -> width - y
                2 -> width - x
                else -> y
            }
            val top = when (quarters) {
                0 -> y
                1 -> x
                2 -> height - y
                else -> height - x
            }
            corners[i] = left.coerceIn(0.0, width.toDouble()).toFloat()
            corners[i + 1] = top.coerceIn(0.0, height.toDouble()).toFloat()
        }
        return Quad(corners)
    }

    /** Regions of the page looked at as regions of the page as given. */
    fun regionsGiven(found: List<Region>): List<Region> =
        if (quarters == 0 && bend == null) found else found.map { Region(toGiven(it.quad), it.score) }
}

/**
 * A page made upright and flat.
 *
 * @property page as it is looked at.
 * @property given as it was handed in, the same object where nothing was to be done.
 * @property upright the one given, turned.
 */
internal class View private constructor(
    val page: Pixels,
    val given: Pixels,
    private val upright: Pixels,
    val way: Way,
) {
    /** The view with what it shows made flat, also where it was made flatter before. */
    fun flattened(next: Bend): View {
        val whole = way.bend?.let { next.of(it) } ?: next
        val back = Way(given.width, given.height, way.quarters, whole)
        return View(whole.flatten(upright), given, upright, back)
    }

    companion object {
        /** The view of a page turned by quarters, counter-clockwise. */
        fun of(page: Pixels, quarters: Int = 0): View {
            val way = Way(page.width, page.height, quarters % 4)
            if (way.quarters == 0) return View(page, page, page, way)
            val upright = turned(page, 0, 0, page.width, page.height, way.quarters)
            return View(upright, page, upright, way)
        }
    }
}
