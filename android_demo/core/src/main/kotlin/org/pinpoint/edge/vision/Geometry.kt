package org.pinpoint.edge.vision

import kotlin.math.atan2
import kotlin.math.cos
import kotlin.math.max
import kotlin.math.min
import kotlin.math.sin
import kotlin.math.sqrt
import org.pinpoint.edge.Box
import org.pinpoint.edge.Quad

/*
 * Boxes and quads on a page in pixels; x grows to the right, y downwards. Corners of a quad are x0 y0 x1 y1 x2 y2 x3 y3,
 * clockwise from the top left of the text.
 */

/** A region this many times as high as wide is taken for text that runs downwards. */
internal const val VERTICAL_TEXT = 2.0

/** The length of the vector between two corners of [xy]; sqrt, as it is rounded alike everywhere. */
internal fun edge(xy: DoubleArray, from: Int, to: Int): Double {
    val x = xy[2 * to] - xy[2 * from]
    val y = xy[2 * to + 1] - xy[2 * from + 1]
    return sqrt(x * x + y * y)
}

/** The text's width: the length of the top edge. */
internal fun textWidth(xy: DoubleArray): Double = edge(xy, 0, 1)

/** The text's height: the length of the left edge. */
internal fun textHeight(xy: DoubleArray): Double = edge(xy, 0, 3)

/** The reading direction in degrees, -180 to 180; positive is clockwise. */
internal fun textAngle(xy: DoubleArray): Double = Math.toDegrees(atan2(xy[3] - xy[1], xy[2] - xy[0]))

/** The upright box around points x0 y0 x1 y1 … */
internal fun boundsOf(xy: DoubleArray): Box {
    var x0 = xy[0]
    var y0 = xy[1]
    var x1 = x0
    var y1 = y0
    for (i in 2 until xy.size step 2) {
        x0 = min(x0, xy[i])
        x1 = max(x1, xy[i])
        y0 = min(y0, xy[i + 1])
        y1 = max(y1, xy[i + 1])
    }
    return Box(x0, y0, x1, y1)
}

/** The corners of an upright box. */
internal fun cornersOf(box: Box): DoubleArray =
    doubleArrayOf(box.x0, box.y0, box.x1, box.y0, box.x1, box.y1, box.x0, box.y1)

/** A quad as numbers to compute with. */
internal fun Quad.toDoubles(): DoubleArray = DoubleArray(8) { corners[it].toDouble() }

/** Corners rounded to float32, which a quad is kept in. */
internal fun quadOf(xy: DoubleArray): Quad = Quad(FloatArray(8) { xy[it].toFloat() })

/** Points turned about a centre, rounded to float32; positive degrees turn clockwise on the page. */
internal fun rotated(xy: DoubleArray, degrees: Double, centreX: Double = 0.0, centreY: Double = 0.0): DoubleArray {
    val turn = Math.toRadians(degrees)
    val cos = cos(turn)
    val sin = sin(turn)
    val result = DoubleArray(xy.size)
    for (i in xy.indices step 2) {
        val x = xy[i] - centreX
        val y = xy[i + 1] - centreY
        result[i] = (x * cos - y * sin + centreX).toFloat().toDouble()
        result[i + 1] = (x * sin + y * cos + centreY).toFloat().toDouble()
    }
    return result
}

/** The part of a quad between two fractions, 0 to 1, of its reading direction. */
internal fun subQuad(quad: Quad, start: Double, end: Double): Quad {
    val q = quad.toDoubles()
    val topX = q[2] - q[0]
    val topY = q[3] - q[1]
    val footX = q[4] - q[6]
    val footY = q[5] - q[7]
    return quadOf(
        doubleArrayOf(
            q[0] + topX * start, q[1] + topY * start,
            q[0] + topX * end, q[1] + topY * end,
            q[6] + footX * end, q[7] + footY * end,
            q[6] + footX * start, q[7] + footY * start,
        ),
    )
}

/** The middle of values, which get sorted, or the mean of the middle two. */
internal fun median(values: DoubleArray): Double {
    values.sort()
    val half = values.size / 2
    return if (values.size % 2 == 1) values[half] else (values[half - 1] + values[half]) / 2
}

/** The weighted median of values: the first, in order of value and weight, at which half of all weight is reached; 0 of none. */
internal fun weightedMedian(values: DoubleArray, weights: DoubleArray): Double {
    val order = values.indices.sortedWith(compareBy({ values[it] }, { weights[it] }))
    val half = weights.sum() / 2
    var passed = 0.0
    for (index in order) {
        passed += weights[index]
        if (passed >= half) return values[index]
    }
    return 0.0
}
