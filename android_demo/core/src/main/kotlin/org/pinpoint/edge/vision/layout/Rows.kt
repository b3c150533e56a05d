package org.pinpoint.edge.vision.layout

import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min

/*
 * Rows, gaps and columns of boxes, in integers: what blocks are cut by (docs/bundle.md, step 5b).
 */

private const val PROSE_LINES = 3
private const val PROSE_FILL = 60
private const val PROSE_LENGTH = 8
private const val BLOCK_LINES = 2
private const val BLOCK_LENGTH = 4
private const val BLOCK_GUTTER = 4
private const val PITCH = 18

/** A box in (u, v): level and upright as the text is. */
internal data class UvBox(val u0: Int, val v0: Int, val u1: Int, val v1: Int) : Comparable<UvBox> {
    val width: Int get() = u1 - u0
    val height: Int get() = v1 - v0

    /** The middle, doubled. */
    val middleU: Int get() = u0 + u1
    val middleV: Int get() = v0 + v1

    fun low(axis: Int): Int = if (axis == 0) u0 else v0

    fun high(axis: Int): Int = if (axis == 0) u1 else v1

    /** The box with u and v changed. */
    fun turned(): UvBox = UvBox(v0, u0, v1, u1)

    override fun compareTo(other: UvBox): Int = ORDER.compare(this, other)

    private companion object {
        val ORDER = compareBy<UvBox>({ it.u0 }, { it.v0 }, { it.u1 }, { it.v1 })
    }
}

/** The box around some boxes. */
internal fun bounds(boxes: List<UvBox>, indices: Collection<Int>): UvBox {
    var u0 = Int.MAX_VALUE
    var v0 = Int.MAX_VALUE
    var u1 = Int.MIN_VALUE
    var v1 = Int.MIN_VALUE
    for (index in indices) {
        val box = boxes[index]
        u0 = min(u0, box.u0)
        v0 = min(v0, box.v0)
        u1 = max(u1, box.u1)
        v1 = max(v1, box.v1)
    }
    return UvBox(u0, v0, u1, v1)
}

/** The lower median of the heights, at least 1. */
internal fun medianHeight(boxes: List<UvBox>, indices: List<Int>): Int {
    val heights = IntArray(indices.size) { boxes[indices[it]].height }
    heights.sort()
    return max(heights[(heights.size - 1) / 2], 1)
}

/** How much of first to last the spans cover together. */
internal fun coveredLength(spans: List<Pair<Int, Int>>, first: Int, last: Int): Int {
    var covered = 0
    var end = first
    for ((start, stop) in spans.sortedWith(compareBy({ it.first }, { it.second }))) {
        val from = max(start, end)
        val to = min(stop, last)
        if (to > from) {
            covered += to - from
            end = to
        }
    }
    return covered
}

/** Regions but those much higher than others and than wide: text that runs down. */
internal fun levelText(boxes: List<UvBox>, indices: List<Int>): Set<Int> {
    val tall = 3 * medianHeight(boxes, indices)
    return indices.filterTo(HashSet()) { boxes[it].height <= boxes[it].width || 2 * boxes[it].height <= tall }
}

/** Empty spans along an axis (0: u, 1: v) between boxes that lose an eighth of their height at both ends. */
internal fun gaps(boxes: List<UvBox>, indices: List<Int>, axis: Int): List<Pair<Int, Int>> {
    val spans = indices.map { index ->
        val box = boxes[index]
        val shrunk = box.height.floorDiv(8)
        val low = box.low(axis) + shrunk
        low to max(box.high(axis) - shrunk, low)
    }.sortedWith(compareBy({ it.first }, { it.second }))
    val found = ArrayList<Pair<Int, Int>>()
    var end = spans.first().second
    for ((low, high) in spans) {
        if (low > end) found.add(end to low)
        end = max(end, high)
    }
    return found
}

/** Rows from top to bottom, each from left to right. */
internal fun rowsOf(boxes: List<UvBox>, indices: List<Int>): List<List<Int>> {
    val cap = 3 * medianHeight(boxes, indices) / 2
    val rows = ArrayList<ArrayList<Int>>()
    val byLeft = compareBy<Int>({ boxes[it].u0 }, { boxes[it].middleV }, { boxes[it] }, { it })
    for (index in indices.sortedWith(byLeft)) {
        val box = boxes[index]
        var best: ArrayList<Int>? = null
        var nearest = 0
        for (row in rows) {
            val last = boxes[row.last()]
            val gap = abs(box.middleV - last.middleV)
            val own = min(box.height, cap)
            val other = min(last.height, cap)
            val shared = own + other - gap // doubled
            val overlap = last.u1 - box.u0
            val fits = shared >= min(own, other) && 2 * overlap <= min(box.width, last.width)
            val nearer = best == null || gap < nearest ||
                (gap == nearest && last.middleV < boxes[best.last()].middleV)
            if (fits && nearer) {
                best = row
                nearest = gap
            }
        }
        if (best == null) rows.add(arrayListOf(index)) else best.add(index)
    }
    // Sixteenths of a pixel are enough, and no host rounds them otherwise.
    fun mean(row: List<Int>) = (8 * row.sumOf { boxes[it].middleV }).floorDiv(row.size)
    return rows.sortedWith(compareBy({ mean(it) }, { boxes[it[0]] }, { it[0] }))
}

/** How many rows have regions of two parts whose middles are a quarter of a height apart. */
internal fun alignedRows(boxes: List<UvBox>, rows: List<List<Int>>, parts: List<List<Int>>): Int {
    val partOf = HashMap<Int, Int>()
    for ((number, part) in parts.withIndex()) for (index in part) partOf[index] = number
    return rows.count { row ->
        row.filter { it in partOf }.zipWithNext().any { (one, other) ->
            partOf[one] != partOf[other] && isLevel(boxes[one], boxes[other])
        }
    }
}

private fun isLevel(first: UvBox, second: UvBox): Boolean =
    2 * abs(first.middleV - second.middleV) <= max(first.height, second.height)

/** Whether parts left and right of a gutter are read one after the other, not row by row. */
internal fun isSideBySide(boxes: List<UvBox>, parts: List<List<Int>>, gutter: Int, tall: Int): Boolean {
    val lines = parts.map { rowsOf(boxes, it) }
    if (lines.indices.all { isProse(boxes, lines[it], bounds(boxes, parts[it])) }) return true
    if (lines.any { it.size < BLOCK_LINES }) return false
    val across = rowsOf(boxes, parts.flatten())
    if (2 * alignedRows(boxes, across, parts) < lines.minOf { it.size }) return true
    return lines.all { rows -> rows.all { it.size == 1 } } &&
        lines.all { isFlush(boxes, it, tall) } &&
        lines.all { isTight(boxes, it) } &&
        parts.all { part -> part.maxOf { boxes[it].width } >= BLOCK_LENGTH * tall } &&
        gutter >= BLOCK_GUTTER * tall
}

private fun isProse(boxes: List<UvBox>, rows: List<List<Int>>, around: UvBox): Boolean {
    if (rows.size < PROSE_LINES) return false
    val widths = rows.map { boxes[it.last()].u1 - boxes[it.first()].u0 }.sorted()
    val tall = medianHeight(boxes, rows.flatten())
    val usual = widths[(widths.size - 1) / 2]
    return 100 * usual >= PROSE_FILL * around.width && usual >= PROSE_LENGTH * tall && isTight(boxes, rows)
}

private fun isFlush(boxes: List<UvBox>, rows: List<List<Int>>, tall: Int): Boolean {
    val lefts = rows.map { boxes[it[0]].u0 }
    return 3 * (lefts.max() - lefts.min()) <= tall
}

/** Whether most rows follow the one before at a paragraph's pitch. */
private fun isTight(boxes: List<UvBox>, rows: List<List<Int>>): Boolean {
    val steps = rows.zipWithNext().count { (row, after) ->
        val first = boxes[row[0]]
        val second = boxes[after[0]]
        10 * (second.middleV - first.middleV) <= 2 * PITCH * max(first.height, second.height)
    }
    return 4 * steps >= 3 * (rows.size - 1)
}
