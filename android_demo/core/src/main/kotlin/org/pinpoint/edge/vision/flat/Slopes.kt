package org.pinpoint.edge.vision.flat

import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.vision.Component

/*
 * The slopes of text lines, and a field of them over the whole page (docs/bundle.md, step 4d.1 and 2).
 *
 * A line of text is cut into pieces, each with the slope of its own pixels. The field is a coarse grid of slopes, drawn
 * through the pieces by least squares: smooth from left to right, and smooth down the page but for folds.
 */

/** Thicknesses: a line twice as long has two pieces; a shorter one than [SHORTEST] shows no slope. */
private const val PIECE = 8L
private const val SHORTEST = 3L

/** Of the field; canvas pixels between its rows. */
private const val COLUMNS = 7
private const val STEP = 32

/** Weight of the difference of neighbours, to a piece's 9 to 256. */
private const val ACROSS = 0.2
private const val DOWN = 50.0

/** Slope: a piece farther from the field counts for less; neighbours down the page that differ by more are held less. */
private const val NOISE = 0.05
private const val FOLD = 0.012
private const val ROUNDS = 4

/** A slope of 1 degree: letters may lean so much, and level lines are read better. */
private const val LEVEL = 0.0175

/** Holds what no piece shows to the usual slope. */
private const val ANCHOR = 1e-3

/** A piece of a text line: its centre, its slope (down per right), and its size on the text map. */
internal class Piece(
    val x: Double,
    val y: Double,
    val slope: Double,
    val weight: Double,
    val length: Double,
    val thick: Double,
) {
    fun with(slope: Double): Piece = Piece(x, y, slope, weight, length, thick)
}

/** Cuts the components of a text map into pieces, and measures each one's slope. */
internal fun findPieces(components: List<Component>): List<Piece> = components.flatMap(::piecesOf)

private fun piecesOf(part: Component): List<Piece> {
    val runs = part.runs
    var left = Int.MAX_VALUE
    var right = 0
    var area = 0L
    for (i in runs.indices step 3) {
        left = min(left, runs[i + 1])
        right = max(right, runs[i + 2])
        area += runs[i + 2] - runs[i + 1]
    }
    val width = (right - left).toLong()
    if (width * width < SHORTEST * area) return emptyList()
    val count = max(width * width / (PIECE * area), 1L).toInt()
    val sums = Array(count) { Sums() }
    for (i in runs.indices step 3) {
        val row = runs[i].toLong()
        val start = runs[i + 1].toLong()
        val end = runs[i + 2].toLong()
        val last = (end - 1 - left) * count / width
        for (piece in (start - left) * count / width..last) {
            // A run is cut where the pieces of its line meet.
            val begin = max(start, left + (piece * width + count - 1) / count)
            val stop = min(end, left + ((piece + 1) * width + count - 1) / count)
            sums[piece.toInt()].add(row, begin, stop)
        }
    }
    val thick = area.toDouble() / width
    val length = width.toDouble() / count
    return sums.mapNotNull { it.piece(length, thick) }
}

/** Sums over the pixels of a piece. */
private class Sums {
    private var n = 0L
    private var x = 0L
    private var y = 0L
    private var xx = 0L
    private var xy = 0L

    fun add(row: Long, begin: Long, stop: Long) {
        val many = stop - begin
        val own = (begin + stop - 1) * many / 2
        n += many
        x += own
        y += many * row
        xx += squares(stop) - squares(begin)
        xy += own * row
    }

    /** The piece of these pixels; null for one column. */
    fun piece(length: Double, thick: Double): Piece? {
        val n = n.toDouble()
        val x = x.toDouble()
        val y = y.toDouble()
        val spread = n * xx - x * x
        if (spread <= 0) return null
        val weight = length / thick * (length / thick)
        return Piece(x / n + 0.5, y / n + 0.5, (n * xy - x * y) / spread, weight, length, thick)
    }

    /** The sum of the squares of 0 .. stop - 1. */
    private fun squares(stop: Long) = (stop - 1) * stop * (2 * stop - 1) / 6
}

/** Slopes at places [STEP] apart down and [width] in all across, row by row. */
internal class SlopeField(val slopes: DoubleArray, private val width: Double) {
    private val rows = slopes.size / COLUMNS

    /** The slope of the page: the mean, and 0 within [LEVEL]. */
    val level: Double = (slopes.sum() / slopes.size).let { if (abs(it) < LEVEL) 0.0 else it }

    /** The slope at a place, bilinear between the grid's; beyond it that of its edge. */
    fun at(x: Double, y: Double): Double {
        val column = columnOf(x, width)
        val row = rowOf(y, rows)
        val i = min(column.toInt(), COLUMNS - 2)
        val j = min(row.toInt(), rows - 2)
        val right = column - i
        val down = row - j
        val first = j * COLUMNS + i
        val upper = slopes[first] * (1 - right) + slopes[first + 1] * right
        val lower = slopes[first + COLUMNS] * (1 - right) + slopes[first + COLUMNS + 1] * right
        return upper * (1 - down) + lower * down
    }
}

private fun columnOf(x: Double, width: Double): Double = (x / width * (COLUMNS - 1)).coerceIn(0.0, COLUMNS - 1.0)

private fun rowOf(y: Double, rows: Int): Double = (y / STEP).coerceIn(0.0, rows - 1.0)

/** Draws a field through the slopes of pieces on the part of a canvas, [width] x [height], that the page covers. */
internal fun fitSlopes(pieces: List<Piece>, width: Int, height: Int): SlopeField {
    val rows = max((height + STEP - 1) / STEP + 1, 2)
    val usual = firstAtHalf(
        DoubleArray(pieces.size) { pieces[it].slope },
        DoubleArray(pieces.size) { pieces[it].weight },
    )
    val fit = FieldFit(pieces, width.toDouble(), rows, usual)
    var solution = fit.solved(null)
    repeat(ROUNDS - 1) { solution = fit.solved(solution) }
    return SlopeField(solution, width.toDouble())
}

/** The least squares of a field: the nodes around each piece with their shares, and the equations of a round. */
private class FieldFit(private val pieces: List<Piece>, width: Double, rows: Int, private val usual: Double) {
    private val count = rows * COLUMNS
    private val nodes = IntArray(4 * pieces.size)
    private val shares = DoubleArray(4 * pieces.size)

    init {
        for ((n, piece) in pieces.withIndex()) {
            val column = columnOf(piece.x, width)
            val row = rowOf(piece.y, rows)
            val i = min(column.toInt(), COLUMNS - 2)
            val j = min(row.toInt(), rows - 2)
            val right = column - i
            val down = row - j
            for (corner in 0 until 4) {
                nodes[4 * n + corner] = (j + corner / 2) * COLUMNS + i + corner % 2
                shares[4 * n + corner] =
                    (if (corner % 2 == 0) 1 - right else right) * (if (corner < 2) 1 - down else down)
            }
        }
    }

    /**
     * The nodes of a round. A piece's weight is divided by 1 + (d / [NOISE])², d its distance from the field [before], and
     * that of a difference down the page by 1 + (d / [FOLD])².
     */
    fun solved(before: DoubleArray?): DoubleArray {
        val band = Banded(count, COLUMNS + 2)
        val wanted = DoubleArray(count) { ANCHOR * usual }
        for ((n, piece) in pieces.withIndex()) {
            var weight = piece.weight
            if (before != null) {
                var fitted = 0.0
                for (at in 4 * n until 4 * n + 4) fitted += shares[at] * before[nodes[at]]
                val away = (fitted - piece.slope) / NOISE
                weight = piece.weight / (1 + away * away)
            }
            for (one in 4 * n until 4 * n + 4) {
                for (two in 4 * n..one) band.add(nodes[one], nodes[two], weight * (shares[one] * shares[two]))
                wanted[nodes[one]] += shares[one] * (weight * piece.slope)
            }
        }
        for (node in 0 until count) {
            band.add(node, node, ANCHOR)
            if (node % COLUMNS < COLUMNS - 1) band.tie(node, node + 1, ACROSS)
            val below = node + COLUMNS
            if (below >= count) continue
            val apart = if (before == null) 0.0 else (before[node] - before[below]) / FOLD
            band.tie(node, below, DOWN / (1 + apart * apart))
        }
        return band.solved(wanted)
    }
}

/** The first value, in order, at which half of the weight is reached. */
internal fun firstAtHalf(values: DoubleArray, weights: DoubleArray): Double {
    val order = values.indices.sortedBy { values[it] }
    val half = order.sumOf { weights[it] } / 2
    var passed = 0.0
    for (index in order) {
        passed += weights[index]
        if (passed >= half) return values[index]
    }
    return 0.0
}
