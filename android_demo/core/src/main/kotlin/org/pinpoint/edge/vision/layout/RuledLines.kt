package org.pinpoint.edge.vision.layout

import kotlin.math.abs
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import kotlin.math.tan
import org.pinpoint.edge.Pixels

/*
 * Ruled lines of a page: thin dark runs on the canvas, found with integers alone (docs/bundle.md, step 5b, "Rules").
 */

private const val BITS = 16
private const val REACH = 4
private val CONTRASTS = intArrayOf(20, 32, 48, 72)
private const val MOST = 8
private const val DASH = 8
private const val GAP = 4
private const val BREAK = 20
private const val DRIFT = 3
private const val LEVEL = 36
private const val UPRIGHT = 22
private const val INSIDE = 8

/** A rule at [at], v of a level one and u of an upright one, from [start] to [stop]. */
internal data class Rule(val at: Int, val start: Int, val stop: Int) : Comparable<Rule> {
    override fun compareTo(other: Rule): Int = ORDER.compare(this, other)

    private companion object {
        val ORDER = compareBy<Rule>({ it.at }, { it.start }, { it.stop })
    }
}

/** The level and the upright rules of a page, each sorted. */
internal class Rules(val level: List<Rule>, val upright: List<Rule>)

/** The slope of text that is tilted by [skew] degrees, with 16 fractional bits. */
internal fun slopeOf(skew: Double): Int = floor(tan(Math.toRadians(skew)) * (1 shl BITS) + 0.5).toInt()

/** How far a shear moves what lies [length] pixels from the edge, rounded. */
internal fun shift(length: Int, slope: Int): Int =
    ((length.toLong() * slope + (1L shl (BITS - 1))) shr BITS).toInt()

/** The rules of a grey canvas whose text lines have these boxes; strokes inside the boxes are text. */
internal fun findRules(grey: Pixels, boxes: List<UvBox>, slope: Int): Rules {
    val level = sheared(thin(grey, false), -slope)
    val upright = sheared(thin(grey, true), slope)
    clear(level, boxes, -slope)
    clear(upright, boxes.map { it.turned() }, slope)
    return Rules(rulesIn(level, LEVEL, -slope).sorted(), rulesIn(upright, UPRIGHT, slope).sorted())
}

/** A bit a pixel, rows from the top. */
private class Mask(val width: Int, val height: Int) {
    val bits = BooleanArray(width * height)
}

/** Pixels darker than those [REACH] above and below, or, [turned] about the diagonal, left and right. */
private fun thin(grey: Pixels, turned: Boolean): Mask {
    val width = grey.width
    val height = grey.height
    val depth = ByteArray(width * height) // 0 for no depth
    val count = IntArray(256)
    for (y in 0 until height) {
        val above = if (turned) y * width else max(y - REACH, 0) * width
        val below = if (turned) y * width else min(y + REACH, height - 1) * width
        for (x in 0 until width) {
            val before = if (turned) max(x - REACH, 0) else x
            val after = if (turned) min(x + REACH, width - 1) else x
            val paper = min(grey.data[above + before].toInt() and 255, grey.data[below + after].toInt() and 255)
            val own = paper - (grey.data[y * width + x].toInt() and 255)
            if (own > 0) {
                count[own]++
                depth[y * width + x] = own.toByte()
            }
        }
    }
    val mask = if (turned) Mask(height, width) else Mask(width, height)
    val contrast = CONTRASTS.firstOrNull { least ->
        (least..255).sumOf { count[it].toLong() } * 100 <= MOST.toLong() * width * height
    } ?: return mask
    for (y in 0 until height) {
        for (x in 0 until width) {
            if ((depth[y * width + x].toInt() and 255) < contrast) continue
            mask.bits[if (turned) x * height + y else y * width + x] = true
        }
    }
    return mask
}

/** The mask with column x moved down by `shift(x, slope)`, with rows added so that all of it fits. */
private fun sheared(mask: Mask, slope: Int): Mask {
    if (slope == 0) return mask
    val end = shift(mask.width - 1, slope)
    val pad = pad(mask.width, slope)
    val result = Mask(mask.width, mask.height + abs(end))
    for (x in 0 until mask.width) {
        val top = pad + shift(x, slope)
        for (y in 0 until mask.height) {
            if (mask.bits[y * mask.width + x]) result.bits[(top + y) * mask.width + x] = true
        }
    }
    return result
}

private fun pad(width: Int, slope: Int): Int = max(-shift(width - 1, slope), 0)

/** Clears what a sheared mask holds of text. */
private fun clear(mask: Mask, boxes: List<UvBox>, slope: Int) {
    val pad = pad(mask.width, slope)
    for (box in boxes) {
        val less = min(box.width, box.height).floorDiv(INSIDE)
        // `across` is sheared already, `along` is not: it is moved by where the box lies across.
        val middle = box.middleU.floorDiv(2)
        val moved = shift(box.middleV.floorDiv(2) - shift(middle, slope), -slope)
        val first = (box.u0 - moved).coerceIn(0, mask.width)
        val last = (box.u1 - moved).coerceIn(first, mask.width)
        val top = (box.v0 + less + pad).coerceIn(0, mask.height)
        val bottom = (box.v1 - less + pad).coerceIn(top, mask.height)
        for (y in top until bottom) mask.bits.fill(false, y * mask.width + first, y * mask.width + last)
    }
}

/** Rules along the rows of a mask that was sheared by [slope]. */
private fun rulesIn(mask: Mask, shortest: Int, slope: Int): List<Rule> {
    val pad = pad(mask.width, slope)
    val pieces = ArrayList<Rule>()
    val line = BooleanArray(mask.width)
    for (y in 0 until mask.height step 2) {
        // Three rows at a time, every second one: a rule may drift by a pixel on its way.
        mask.bits.copyInto(line, 0, y * mask.width, (y + 1) * mask.width)
        for (near in intArrayOf(y - 1, y + 1)) {
            if (near < 0 || near >= mask.height) continue
            for (x in line.indices) if (mask.bits[near * mask.width + x]) line[x] = true
        }
        var x = 0
        while (x < line.size) {
            if (!line[x]) {
                x++
                continue
            }
            val start = x
            var stop = x
            var dark = 0
            while (x < line.size && x - stop <= GAP) {
                if (line[x]) {
                    stop = x + 1
                    dark++
                }
                x++
            }
            val length = stop - start
            // Dots in a long run, or a dash without a hole.
            val dotted = 2 * length >= shortest && 5 * dark >= length
            if (length >= DASH && (dotted || 5 * dark >= 4 * length)) pieces.add(Rule(y - pad, start, stop))
        }
    }
    return joined(pieces).filter { it.stop - it.start >= shortest }.map { rule ->
        fun onPage(t: Int) = t + shift(rule.at - shift(t, slope), -slope)
        Rule(rule.at, onPage(rule.start), onPage(rule.stop))
    }
}

/** A rule that pieces go on from: [at] of its last piece, its ends, and sums over its pieces. */
private class OpenRule(var at: Int, val start: Int, var stop: Int) {
    var total = at.toLong() * (stop - start)
    var length = stop - start
}

/** Pieces that go on from one another, as one; those beside a longer one are part of it. */
private fun joined(pieces: List<Rule>): List<Rule> {
    val done = ArrayList<OpenRule>()
    var near = ArrayList<OpenRule>()
    for (piece in pieces.sortedWith(compareBy({ it.start }, { it.at }, { it.stop }))) {
        val (old, open) = near.partition { piece.start - it.stop > BREAK }
        done += old
        near = ArrayList(open)
        val best = near.filter { abs(it.at - piece.at) <= DRIFT }.minByOrNull { abs(it.at - piece.at) }
        if (best == null) {
            near.add(OpenRule(piece.at, piece.start, piece.stop))
            continue
        }
        if (piece.stop > best.stop) {
            best.at = piece.at
            best.stop = piece.stop
        }
        best.total += piece.at.toLong() * (piece.stop - piece.start)
        best.length += piece.stop - piece.start
    }
    return (done + near).filter { 2 * it.length >= it.stop - it.start }
        .map { Rule(it.total.floorDiv(it.length.toLong()).toInt(), it.start, it.stop) }
}
