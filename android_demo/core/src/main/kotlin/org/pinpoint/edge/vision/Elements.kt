package org.pinpoint.edge.vision

import kotlin.math.ceil
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Box
import org.pinpoint.edge.Pixels

/*
 * From the detector's mark map to regions: check boxes, signatures, stamps and figures (docs/bundle.md, step 4b).
 */

/** The elements of the planes of a mark map, in their order. */
internal val PLANES: List<String> = listOf("box", "signature", "stamp", "figure")

/** The name of each kind in the prompt. */
internal val ELEMENT_NAMES: Map<String, String> = mapOf(
    "ticked" to "[x]", "unticked" to "[ ]", "signature" to "[signed]", "stamp" to "[stamp]", "figure" to "[figure]",
)

/** Canvas pixels a map pixel. */
internal const val STRIDE = 2
private const val MAP_THRESHOLD = 0.5f
private const val SCORE = 0.65
private const val MIN_MAP_SIDE = 2.0
private const val DOUBLE = 0.3
private const val INSIDE = 0.6
private const val LEFT_OVER = 0.6
private const val FRAME = 0.22
private const val AROUND = 0.6
private const val CORNER = 0.15
private const val CONTRAST = 20.0
private const val INK = 0.3
private const val TICKED = 0.21
private const val FRAMED = 0.8
private const val SURE = 0.7

/** The elements of a page, best first. [planes]: those of [PLANES]; [scale]: map pixels per page pixel. */
internal fun findElements(planes: List<Plane>, scale: Double, pageWidth: Int, pageHeight: Int): List<Region> {
    val found = ArrayList<Region>()
    for ((number, plane) in planes.withIndex()) {
        val kind = if (PLANES[number] == "box") "unticked" else PLANES[number]
        for (part in findComponents(plane, MAP_THRESHOLD)) {
            val box = boundsOf(part.points)
            if (part.score < SCORE || min(box.x1 - box.x0, box.y1 - box.y0) < MIN_MAP_SIDE) continue
            val quad = cornersOf(box)
            for (i in quad.indices) {
                val limit = if (i % 2 == 0) pageWidth else pageHeight
                quad[i] = (quad[i] / scale).coerceIn(0.0, limit.toDouble())
            }
            if (area(boundsOf(quad)) >= 1) found.add(Region(quadOf(quad), part.score, kind))
        }
    }
    val kept = ArrayList<Region>()
    for (element in found.sortedBy { -it.score }) {
        if (kept.all { iou(element.box, it.box) <= DOUBLE }) kept.add(element)
    }
    return kept
}

/** Separates ticked boxes from empty ones by the ink inside; what holds ink but has no frame is no box and is left out. */
internal fun seeTicks(page: Pixels, elements: List<Region>): List<Region> = elements.mapNotNull { element ->
    when {
        element.kind != "unticked" || inkInside(page, element.box) <= TICKED -> element
        element.score < SURE || framed(page, element.box) < FRAMED -> null
        else -> Region(element.quad, element.score, "ticked")
    }
}

/** Share of the pixels inside a box, without its frame, that are ink. */
internal fun inkInside(page: Pixels, box: Box): Double {
    val ink = Ink(page, box)
    val (x0, y0, x1, y1) = ink.inner
    val frame = FRAME * min(x1 - x0, y1 - y0) + 1
    return ink.share(
        max(ceil(y0 + frame).toInt(), 0), max((y1 - frame).toInt() + 1, 0),
        max(ceil(x0 + frame).toInt(), 0), max((x1 - frame).toInt() + 1, 0),
    )
}

/** How much of a box's four sides is drawn, as the least of them; a side is as much drawn as its inkiest line of pixels. */
internal fun framed(page: Pixels, box: Box): Double {
    val ink = Ink(page, box)
    val (x0, y0, x1, y1) = ink.inner
    val side = min(x1 - x0, y1 - y0)
    val reach = FRAME * side + 1
    val corner = CORNER * side
    val left = first(x0 + corner)
    val right = last(x1 - corner)
    val top = first(y0 + corner)
    val foot = last(y1 - corner)
    var least = 1.0
    for (y in doubleArrayOf(y0, y1)) {
        var most = 0.0
        for (row in first(y - reach) until last(y + reach)) most = max(most, ink.share(row, row + 1, left, right))
        least = min(least, most)
    }
    for (x in doubleArrayOf(x0, x1)) {
        var most = 0.0
        for (column in first(x - reach) until last(x + reach)) {
            most = max(most, ink.share(top, foot, column, column + 1))
        }
        least = min(least, most)
    }
    return least
}

private fun first(start: Double): Int = max(Math.rint(start).toInt(), 0)

private fun last(end: Double): Int = max(Math.rint(end).toInt() + 1, 0)

/** Which pixels in a box and around it are ink, and where the box lies in them. */
private class Ink(page: Pixels, box: Box) {
    private val width: Int
    private val height: Int
    private val ink: BooleanArray
    val inner: Box

    init {
        val reach = AROUND * min(box.x1 - box.x0, box.y1 - box.y0)
        val top = max((box.y0 - reach).toInt(), 0)
        val left = max((box.x0 - reach).toInt(), 0)
        height = max(min((box.y1 + reach).toInt() + 1, page.height) - top, 0)
        width = max(min((box.x1 + reach).toInt() + 1, page.width) - left, 0)
        inner = Box(box.x0 - left, box.y0 - top, box.x1 - left, box.y1 - top)
        val grey = DoubleArray(width * height)
        for (y in 0 until height) {
            var at = ((top + y) * page.width + left) * 3
            for (x in 0 until width) {
                val sum = (page.data[at].toInt() and 255) + (page.data[at + 1].toInt() and 255) +
                    (page.data[at + 2].toInt() and 255)
                grey[y * width + x] = sum / 3.0
                at += 3
            }
        }
        ink = if (grey.isEmpty()) BooleanArray(0) else darkOf(grey)
    }

    private fun darkOf(grey: DoubleArray): BooleanArray {
        val sorted = grey.sortedArray()
        val paper = percentile(sorted, 75.0)
        val dark = percentile(sorted, 2.0)
        if (paper - dark < CONTRAST) return BooleanArray(grey.size)
        return BooleanArray(grey.size) { (paper - grey[it]) / (paper - dark) > INK }
    }

    /** Share of ink in a rectangle, cut to the pixels; 0 when nothing is left of it. */
    fun share(fromY: Int, toY: Int, fromX: Int, toX: Int): Double {
        val lastY = min(toY, height)
        val lastX = min(toX, width)
        if (fromY >= lastY || fromX >= lastX) return 0.0
        var count = 0
        for (y in fromY until lastY) for (x in fromX until lastX) if (ink[y * width + x]) count++
        return count.toDouble() / ((lastY - fromY) * (lastX - fromX))
    }
}

/** Between two values in proportion. */
private fun percentile(sorted: DoubleArray, percent: Double): Double {
    val place = percent / 100 * (sorted.size - 1)
    val low = place.toInt()
    val high = min(low + 1, sorted.size - 1)
    val part = place - low
    val step = sorted[high] - sorted[low]
    return if (part >= 0.5) sorted[high] - step * (1 - part) else sorted[low] + step * part
}

/** An element's name, as sure as its score; characters are equal parts of its width. */
internal fun elementTranscription(element: Region): Transcription {
    val text = ELEMENT_NAMES.getValue(element.kind)
    val size = text.length
    return Transcription(
        text,
        FloatArray(size) { element.score.toFloat() },
        DoubleArray(size) { it.toDouble() / size },
        DoubleArray(size) { (it + 1).toDouble() / size },
    )
}

/** Lines of text and elements as one list: lines in a check box or signature are dropped, those with a box inside cut. */
internal fun joined(lines: List<Region>, elements: List<Region>): List<Region> {
    val boxes = elements.filter { it.kind == "ticked" || it.kind == "unticked" }.map { it.box }
    val covering = boxes + elements.filter { it.kind == "signature" }.map { it.box }
    val kept = ArrayList<Region>()
    for (line in lines) {
        val own = max(area(line.box), 1e-9)
        if (covering.any { intersection(line.box, it) >= INSIDE * own }) continue
        kept += cut(line, boxes.filter { intersection(line.box, it) > 0 })
    }
    return kept + elements
}

/** A line's pieces beside check boxes; the whole of it where they only touch its edge. */
private fun cut(line: Region, boxes: List<Box>): List<Region> {
    val q = line.quad.toDoubles()
    val alongX = q[2] - q[0]
    val alongY = q[3] - q[1]
    val length = textWidth(q)
    val height = textHeight(q)
    val gaps = ArrayList<Pair<Double, Double>>()
    for (box in boxes) {
        // The place of the box's centre and half its width, in the line's own direction.
        val x = (box.x0 + box.x1) / 2 - q[0]
        val y = (box.y0 + box.y1) / 2 - q[1]
        val middle = (x * alongX + y * alongY) / max(length, 1e-9)
        val half = (box.x1 - box.x0) / 2
        val depth = min(box.y1, line.box.y1) - max(box.y0, line.box.y0)
        if (depth >= 0.5 * min(box.y1 - box.y0, height)) gaps.add(middle - half to middle + half)
    }
    if (gaps.isEmpty()) return listOf(line)
    val pieces = ArrayList<Region>()
    var at = 0.0
    for ((start, end) in gaps.sortedWith(compareBy({ it.first }, { it.second })) + (length to length)) {
        if (start - at >= LEFT_OVER * height) {
            pieces.add(Region(subQuad(line.quad, max(at, 0.0) / length, min(start, length) / length), line.score))
        }
        at = max(at, end)
    }
    return pieces
}
