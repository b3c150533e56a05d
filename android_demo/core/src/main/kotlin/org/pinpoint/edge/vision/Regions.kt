package org.pinpoint.edge.vision

import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Box
import org.pinpoint.edge.Quad

/*
 * From the detector's text map to regions: threshold, components, rectangles, unclip (docs/bundle.md, step 4).
 */

internal const val THRESHOLD = 0.3f
internal const val BOX_SCORE = 0.5
internal const val MIN_SIDE = 3.0
internal const val UNCLIP = 1.6

/** A region longer than this many times its height shows its direction. */
internal const val LINE = 3.0

/** A component less elongated than this has a rectangle of any direction. */
internal const val SQUAT = 2.0
private const val SNAP = 1.1

/** Degrees: upright regions are cropped faster, and nothing is lost. */
private const val LEVEL = 0.25

/**
 * A line of text on a page.
 *
 * @property quad in source pixels, clockwise from the text's top left.
 * @property score mean of its map, 0 to 1.
 */
internal class Region(val quad: Quad, val score: Double) {
    /** The upright bounds in source pixels. */
    val box: Box = boundsOf(quad.toDoubles())
}

/** The components of a text map, in the order of their first pixels. */
internal fun findText(textMap: Plane): List<Component> =
    findComponents(textMap, THRESHOLD).filter { it.score >= BOX_SCORE }

/**
 * The regions of components, in their order.
 *
 * [scale]: canvas pixels per page pixel; [pageWidth], [pageHeight]: of the source page.
 */
internal fun regionsOf(found: List<Component>, scale: Double, pageWidth: Int, pageHeight: Int): List<Region> {
    val fitted = found.map { minimumRectangle(it.points) }
    val long = fitted.filter { elongation(it) > LINE }
    var direction = weightedMedian(
        DoubleArray(long.size) { textAngle(long[it]) },
        DoubleArray(long.size) { max(textWidth(long[it]), textHeight(long[it])) },
    )
    if (abs(direction) < LEVEL) direction = 0.0
    val regions = ArrayList<Region>()
    for ((part, fit) in found.zip(fitted)) {
        val quad = settled(part, fit, direction)
        if (min(textWidth(quad), textHeight(quad)) < MIN_SIDE) continue
        val source = unclipped(quad)
        for (i in source.indices) {
            val limit = if (i % 2 == 0) pageWidth else pageHeight
            source[i] = (source[i] / scale).coerceIn(0.0, limit.toDouble())
        }
        val box = boundsOf(source)
        if (box.x1 - box.x0 < 1 || box.y1 - box.y0 < 1) continue // it lay in the canvas's margin
        regions.add(Region(quadOf(fromTextCorner(source)), part.score))
    }
    return regions
}

/** The rectangle of the page's direction where the component's own says nothing better. */
private fun settled(part: Component, fit: DoubleArray, direction: Double): DoubleArray {
    val box = boundsOf(rotated(part.points, -direction))
    val along = (box.x1 - box.x0) * (box.y1 - box.y0)
    if (elongation(fit) < SQUAT || along <= SNAP * textWidth(fit) * textHeight(fit)) {
        return rotated(cornersOf(box), direction)
    }
    return fit
}

private fun unclipped(quad: DoubleArray): DoubleArray {
    val width = textWidth(quad)
    val height = textHeight(quad)
    // The ratio is meant for rectangles through the centres of the outer pixels (OpenCV's contours).
    val innerWidth = width - 1
    val innerHeight = height - 1
    val margin = innerWidth * innerHeight * UNCLIP / (2 * (innerWidth + innerHeight)) - 0.5
    val alongX = (quad[2] - quad[0]) / width * margin
    val alongY = (quad[3] - quad[1]) / width * margin
    val downX = (quad[6] - quad[0]) / height * margin
    val downY = (quad[7] - quad[1]) / height * margin
    return doubleArrayOf(
        quad[0] + (-alongX - downX), quad[1] + (-alongY - downY),
        quad[2] + (alongX - downX), quad[3] + (alongY - downY),
        quad[4] + (alongX + downX), quad[5] + (alongY + downY),
        quad[6] + (downX - alongX), quad[7] + (downY - alongY),
    )
}

/** Text that runs downwards has its top on the right. */
private fun fromTextCorner(quad: DoubleArray): DoubleArray {
    if (textHeight(quad) <= VERTICAL_TEXT * textWidth(quad)) return quad
    return DoubleArray(8) { quad[(it + 2) % 8] }
}

private fun elongation(quad: DoubleArray): Double {
    val width = textWidth(quad)
    val height = textHeight(quad)
    return max(width, height) / max(min(width, height), 1e-9)
}
