package org.pinpoint.edge.vision.layout

import kotlin.math.max
import kotlin.math.min

/*
 * Several documents side by side on one page, such as two receipts on one scan (docs/bundle.md, step 5a).
 *
 * An empty gutter from top to foot parts two documents when what lies on either side of it is a whole document: rows of
 * labels and values, and titles or other lines that run across the gap between them.
 */

/** Halves of a line's height: the narrowest gap between two documents. */
private const val GUTTER = 3

/** Least rows of a document, and of two regions or more. */
private const val ROWS = 6
private const val PAIRS = 3

/** The documents of a page from left to right, each the indices of its regions; one as a rule. */
internal fun findDocuments(boxes: List<UvBox>, levelRules: List<Rule>): List<List<Int>> {
    val everything = boxes.indices.toList()
    return documentsOf(boxes, everything, levelRules) ?: listOf(everything)
}

/** The documents that some regions are, or null where they are none. */
private fun documentsOf(boxes: List<UvBox>, indices: List<Int>, rules: List<Rule>): List<List<Int>>? {
    if (indices.size < 2 * PAIRS) return null
    val tall = medianHeight(boxes, indices)
    val gutters = gaps(boxes, indices, 0).filter { (left, right) -> 2 * (right - left) >= GUTTER * tall }
    for ((left, right) in gutters.sortedWith(compareBy({ it.first - it.second }, { it.first }))) {
        if (rules.any { it.start < left && it.stop > right }) continue
        val (first, second) = indices.partition { boxes[it].middleU < left + right }
        val one = documentsOf(boxes, first, rules) ?: continue
        val other = documentsOf(boxes, second, rules) ?: continue
        return one + other
    }
    // What has a gutter of its own, and is no two documents, is a half of one.
    return if (gutters.isNotEmpty() || !isWhole(boxes, indices)) null else listOf(indices)
}

private fun isWhole(boxes: List<UvBox>, indices: List<Int>): Boolean {
    val rows = rowsOf(boxes, indices)
    return rows.size >= ROWS && rows.count { it.size > 1 } >= PAIRS
}

/** Geometry (N, 4) on the page as geometry on the documents, which share its width. */
internal fun framed(places: FloatArray, documents: IntArray): FloatArray {
    val count = documents.max() + 1
    val starts = DoubleArray(count) { Double.POSITIVE_INFINITY }
    val stops = DoubleArray(count) { Double.NEGATIVE_INFINITY }
    for ((index, own) in documents.withIndex()) {
        val x = places[4 * index].toDouble()
        val half = places[4 * index + 2].toDouble() / 2
        starts[own] = min(starts[own], x - half)
        stops[own] = max(stops[own], x + half)
    }
    val edges = DoubleArray(count + 1) {
        if (it == 0) 0.0 else if (it == count) 1.0 else (stops[it - 1] + starts[it]) / 2
    }
    val result = places.copyOf()
    for ((index, own) in documents.withIndex()) {
        val wide = edges[own + 1] - edges[own]
        result[4 * index] = ((places[4 * index].toDouble() - edges[own]) / wide).toFloat()
        result[4 * index + 2] = (places[4 * index + 2].toDouble() / wide).toFloat()
    }
    return result
}
