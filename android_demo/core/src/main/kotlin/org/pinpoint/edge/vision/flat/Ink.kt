package org.pinpoint.edge.vision.flat

import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Pixels

/*
 * The slopes of text lines measured on their ink (docs/bundle.md, step 4d.4). Seen along its true slope, the ink of a line
 * makes the sharpest profile from top to foot: its letters share a foot line and a head line.
 */

/** Tried slopes are 1 / FINENESS apart, [TRIED] to either side of the slope on the map. */
private const val FINENESS = 80
private const val TRIED = 10

/** Thicknesses on the map: a line's letters, and its first and last one. */
private const val REACH = 1.1
private const val BESIDE = 0.5

/** The slope of a piece's ink on a grey canvas; between the sharpest and its neighbours the peak of a parabola. */
internal fun inkSlope(piece: Piece, grey: Pixels): Double {
    val tried = DoubleArray(2 * TRIED + 1) { piece.slope + (it - TRIED).toDouble() / FINENESS }
    val sharp = DoubleArray(tried.size) { sharpness(piece, tried[it], grey) }
    var best = 0
    for (k in sharp.indices) if (sharp[k] > sharp[best]) best = k
    if (best in 1 until 2 * TRIED) {
        val before = sharp[best - 1]
        val after = sharp[best + 1]
        val bow = before - 2 * sharp[best] + after
        if (bow < 0) return tried[best] + (before - after) / (2 * bow) / FINENESS
    }
    return tried[best]
}

/** The sum of squared steps, from row to row, of the grey along a slope. */
private fun sharpness(piece: Piece, slope: Double, grey: Pixels): Double {
    val half = piece.length / 2 + BESIDE * piece.thick
    val reach = (REACH * piece.thick).toInt() + 1
    val profile = LongArray(2 * reach + 1)
    val last = grey.height - 1
    for (column in max((piece.x - half).toInt(), 0) until min((piece.x + half).toInt() + 1, grey.width)) {
        val top = floor(slope * (column + 0.5 - piece.x) + piece.y).toInt() - reach
        for (d in profile.indices) {
            val row = min(max(top + d, 0), last)
            profile[d] += (grey.data[row * grey.width + column].toInt() and 255).toLong()
        }
    }
    var total = 0L
    for (d in 1 until profile.size) {
        val step = profile[d] - profile[d - 1]
        total += step * step
    }
    return total.toDouble()
}
