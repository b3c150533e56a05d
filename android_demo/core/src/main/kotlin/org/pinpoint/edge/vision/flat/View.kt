package org.pinpoint.edge.vision.flat

import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Quad
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.turned

/**
 * A page made upright and flat.
 *
 * @property page as it is looked at.
 * @property given as it was handed in, the same object where nothing was to be done.
 * @property upright the one given, turned by [quarters], counter-clockwise.
 * @property bend how that one lies, null for flat.
 */
internal class View private constructor(
    val page: Pixels,
    val given: Pixels,
    private val upright: Pixels,
    val quarters: Int,
    val bend: Bend?,
) {
    /** The view with what it shows made flat, also where it was made flatter before. */
    fun flattened(next: Bend): View {
        val whole = if (bend == null) next else next.of(bend)
        return View(whole.flatten(upright), given, upright, quarters, whole)
    }

    /** Degrees, clockwise, by which the page was turned to be read: 0, 90, 180 or 270. */
    val turned: Int get() = (4 - quarters) % 4 * 90

    /** Where a quad of the page looked at lies on the page as given. */
    fun toGiven(quad: Quad): Quad {
        if (page === given) return quad
        val corners = FloatArray(8)
        for (i in 0 until 8 step 2) {
            val x = quad.corners[i].toDouble()
            val y = bend?.toBent(x, quad.corners[i + 1].toDouble()) ?: quad.corners[i + 1].toDouble()
            val left = when (quarters) {
                0 -> x
                1 -> given.width - y
                2 -> given.width - x
                else -> y
            }
            val top = when (quarters) {
                0 -> y
                1 -> x
                2 -> given.height - y
                else -> given.height - x
            }
            corners[i] = left.coerceIn(0.0, given.width.toDouble()).toFloat()
            corners[i + 1] = top.coerceIn(0.0, given.height.toDouble()).toFloat()
        }
        return Quad(corners)
    }

    /** Regions of the page looked at as regions of the page as given. */
    fun regionsGiven(found: List<Region>): List<Region> =
        if (page === given) found else found.map { Region(toGiven(it.quad), it.score) }

    companion object {
        /** The view of a page turned by quarters, counter-clockwise. */
        fun of(page: Pixels, quarters: Int = 0): View {
            val turns = quarters % 4
            if (turns == 0) return View(page, page, page, 0, null)
            val upright = turned(page, 0, 0, page.width, page.height, turns)
            return View(upright, page, upright, turns, null)
        }
    }
}
