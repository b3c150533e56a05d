package org.pinpoint.edge.vision.layout

import kotlin.math.floor
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Quad

/**
 * Blocks of a page, and the reading order of its regions.
 *
 * @property rows regions from left to right, row by row in reading order.
 * @property cell of each region, from 0 in reading order: what rules and gutters part from the rest.
 * @property table of each region, from 0 in reading order, -1 for none.
 */
internal class Blocks(val root: Block, val rows: List<List<Int>>, val cell: IntArray, val table: IntArray)

/** Boxes in (u, v) of quads x0 y0 … in canvas pixels. */
internal fun uprightBoxes(quads: List<IntArray>, slope: Int): List<UvBox> = quads.map { quad ->
    val u = IntArray(4) { quad[2 * it] + shift(quad[2 * it + 1], slope) }
    val v = IntArray(4) { quad[2 * it + 1] + shift(quad[2 * it], -slope) }
    UvBox(u.min(), v.min(), u.max(), v.max())
}

/** Those boxes of quads in page pixels, at canvas pixels per page pixel. */
internal fun canvasBoxes(quads: List<Quad>, scale: Double, slope: Int): List<UvBox> = uprightBoxes(
    quads.map { quad -> IntArray(8) { floor(quad.corners[it].toDouble() * scale + 0.5).toInt() } },
    slope,
)

/** Finds the blocks of a page: a grey canvas, regions in page pixels, canvas pixels per page pixel, the skew in degrees. */
internal fun findBlocks(grey: Pixels, quads: List<Quad>, scale: Double, skew: Double): Blocks {
    val slope = slopeOf(skew)
    val boxes = canvasBoxes(quads, scale, slope)
    return arrange(boxes, findRules(grey, boxes, slope))
}

/** Arranges regions, given their boxes and the rules of their page. */
internal fun arrange(boxes: List<UvBox>, rules: Rules): Blocks {
    if (boxes.isEmpty()) {
        return Blocks(Block(BlockKind.LINES, UvBox(0, 0, 0, 0)), emptyList(), IntArray(0), IntArray(0))
    }
    val root = Cutter(boxes, rules).page()
    val cell = IntArray(boxes.size)
    val table = IntArray(boxes.size) { -1 }
    for ((number, part) in root.cells().withIndex()) for (index in part.regions()) cell[index] = number
    for ((number, part) in root.tables().withIndex()) for (index in part.regions()) table[index] = number
    return Blocks(root, root.allRows(), cell, table)
}
