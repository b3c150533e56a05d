package org.pinpoint.edge.vision.flat

import kotlin.math.abs
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import kotlin.math.sqrt
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.vision.Canvas
import org.pinpoint.edge.vision.Component

/*
 * Bent pages made flat: seen from the side, bowed, folded (docs/bundle.md, step 4d).
 *
 * Every column of a bent page is moved and stretched up and down, so that the lines of its text become straight and
 * parallel; nothing moves sideways. The page's own tilt stays.
 */

/** Pieces that show a bend. */
private const val FEWEST = 8

/** Times: how much more the field bends than the pieces scatter around it. */
private const val CLEAR = 3.0

/** Of a line's height: over half of the page, and between the most raised and the most lowered piece. */
private const val HINT = 0.1
private const val BEND = 0.25

/** One piece of so many, at either end, may be wrong. */
private const val OUTSIDE = 50

/** From anywhere to the middle of the page. */
private const val STEPS = 32

/** Heights of a line that are kept above and below the text. */
private const val MARGIN = 2.0

/** Page pixels between the places of a bend's grid; fractional bits of a place, and of one between the nodes. */
private const val NODE = 32
private const val PLACE = 256.0
private const val BITS = 20

/**
 * How a flat page of [width] x [height] lies on the bent one.
 *
 * @property places row by row, where the point (NODE * i, NODE * j) of the flat page lies up and down on the bent one, in
 *   fractions of a pixel.
 */
internal class Bend(val places: List<IntArray>, val width: Int, val height: Int) {
    private val columns = places[0].size

    /** The flat page of a bent one, in integers: a pixel is taken between two pixels of its own column. */
    fun flatten(image: Pixels): Pixels {
        val channels = image.channels
        val stride = image.width * channels
        val last = image.height - 1
        val data = ByteArray(width * height * channels)
        var upper = LongArray(0)
        var lower = LongArray(0)
        var out = 0
        for (y in 0 until height) {
            val down = 2 * (y % NODE) + 1
            if (y % NODE == 0) {
                upper = across(places[y / NODE])
                lower = across(places[y / NODE + 1])
            }
            for (x in 0 until width) {
                val place = upper[x] * (2 * NODE - down) + lower[x] * down - (1L shl (BITS - 1))
                val row = (place shr BITS).toInt()
                val weight = (place shr (BITS - 8)).toInt() and 255
                var above = min(max(row, 0), last) * stride + x * channels
                var below = min(max(row + 1, 0), last) * stride + x * channels
                for (c in 0 until channels) {
                    val one = image.data[above++].toInt() and 255
                    val two = image.data[below++].toInt() and 255
                    data[out++] = ((one * (256 - weight) + two * weight + 128) shr 8).toByte()
                }
            }
        }
        return Pixels(width, height, channels, data)
    }

    /** The places of a row of nodes at the middle of each pixel. */
    private fun across(nodes: IntArray) = LongArray(width) { x ->
        val right = 2 * (x % NODE) + 1
        nodes[x / NODE].toLong() * (2 * NODE - right) + nodes[x / NODE + 1].toLong() * right
    }

    /** This bend of a page that [first] made flatter, as one bend of the page it came from. */
    fun of(first: Bend): Bend = Bend(
        places.map { row ->
            IntArray(row.size) { floor(first.toBent((it * NODE).toDouble(), row[it] / PLACE) * PLACE + 0.5).toInt() }
        },
        width,
        height,
    )

    /** Where a point of the flat page lies up and down on the bent one. */
    fun toBent(x: Double, y: Double): Double {
        val i = floor(x / NODE).toInt().coerceIn(0, columns - 2)
        val j = floor(y / NODE).toInt().coerceIn(0, places.size - 2)
        val right = x / NODE - i
        val down = y / NODE - j
        val upper = places[j][i] * (1 - right) + places[j][i + 1] * right
        val lower = places[j + 1][i] * (1 - right) + places[j + 1][i + 1] * right
        return (upper * (1 - down) + lower * down) / PLACE
    }
}

/**
 * Finds how the page on a canvas is bent whose text map has these components; null if it is not.
 *
 * [tall]: the height of a line of its text in canvas pixels. The field of slopes of the map shows whether a page may be
 * bent, at next to no cost; the field of slopes of the ink decides.
 */
internal fun findBend(components: List<Component>, canvas: Canvas, tall: Double, pageWidth: Int): Bend? {
    val onMap = findPieces(components)
    if (onMap.size < FEWEST) return null
    val middle = canvas.usedWidth / 2.0
    if (BentField(onMap, canvas).bent * middle <= HINT * tall) return null
    val pieces = onMap.map { it.with(inkSlope(it, canvas.grey)) }
    val seen = BentField(pieces, canvas)
    if (seen.bent == 0.0) return null
    val field = seen.field
    // Where the pieces lie on the flat page.
    val flat = DoubleArray(pieces.size) {
        trace(field, pieces[it].x, pieces[it].y, middle) + field.level * (pieces[it].x - middle)
    }
    val moved = DoubleArray(pieces.size) { pieces[it].y - flat[it] }
    moved.sort()
    val outside = moved.size / OUTSIDE
    if (moved[moved.size - 1 - outside] - moved[outside] < BEND * tall) return null
    val top = min(0.0, flat.min() - MARGIN * tall)
    val foot = max(canvas.usedHeight.toDouble(), flat.max() + MARGIN * tall)
    val height = floor((foot - top) / canvas.scale + 0.5).toInt()
    val step = NODE * canvas.scale
    val places = List(height / NODE + 2) { j ->
        IntArray(pageWidth / NODE + 2) { i ->
            val x = i * step
            val place = trace(field, middle, j * step + top - field.level * (x - middle), x) / canvas.scale
            floor(place * PLACE + 0.5).toInt()
        }
    }
    return Bend(places, pageWidth, height)
}

/**
 * The [field] of pieces, and how far the page is [bent], in slope: the root of the weighted mean square of the field's
 * difference from the page's slope; 0 when it is less than [CLEAR] times what the pieces scatter around the field.
 */
private class BentField(pieces: List<Piece>, canvas: Canvas) {
    val field = fitSlopes(pieces, canvas.usedWidth, canvas.usedHeight)
    val bent: Double

    init {
        val weights = DoubleArray(pieces.size) { pieces[it].weight }
        val apart = DoubleArray(pieces.size)
        var squares = 0.0
        for ((n, piece) in pieces.withIndex()) {
            val fitted = field.at(piece.x, piece.y)
            apart[n] = abs(piece.slope - fitted)
            squares += piece.weight * ((fitted - field.level) * (fitted - field.level))
        }
        val root = sqrt(squares / weights.sum())
        bent = if (root >= CLEAR * firstAtHalf(apart, weights)) root else 0.0
    }
}

/** Follows the slopes of a field from a point to the column [stop]: the y reached, by the midpoint method. */
internal fun trace(field: SlopeField, x: Double, y: Double, stop: Double): Double {
    val step = (stop - x) / STEPS
    var reached = y
    for (number in 0 until STEPS) {
        val at = x + number * step
        val half = reached + field.at(at, reached) * (step / 2)
        reached += field.at(at + step / 2, half) * step
    }
    return reached
}
