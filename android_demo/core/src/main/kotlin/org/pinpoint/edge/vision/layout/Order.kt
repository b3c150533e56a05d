package org.pinpoint.edge.vision.layout

import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.vision.Canvas
import org.pinpoint.edge.vision.LINE
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.boundsOf
import org.pinpoint.edge.vision.median
import org.pinpoint.edge.vision.rotated
import org.pinpoint.edge.vision.textAngle
import org.pinpoint.edge.vision.textHeight
import org.pinpoint.edge.vision.textWidth
import org.pinpoint.edge.vision.toDoubles
import org.pinpoint.edge.vision.weightedMedian

/** Most regions of a cell that are read together. */
private const val CELL = 8

/**
 * How the regions of a page lie, by their places in reading order.
 *
 * @property rows of places, each from left to right.
 * @property cell of each region, see [Blocks]; all 0 by "rows".
 * @property table likewise; all -1 by "rows".
 * @property geometry (N, 4): x-centre, y-centre, width and height of each region in the deskewed page, by the page's size.
 * @property document of each region, where several lie side by side on the page; none for one.
 */
internal class Layout(
    val rows: List<List<Int>>,
    val cell: IntArray,
    val table: IntArray,
    val geometry: FloatArray,
    val document: IntArray = IntArray(0),
) {
    /** The geometry (N, 4) of the cell around each region. */
    val cells: FloatArray by lazy(LazyThreadSafetyMode.NONE) {
        val count = cell.size
        val corners = DoubleArray(4 * count)
        for (i in 0 until count) {
            val x = geometry[4 * i].toDouble()
            val y = geometry[4 * i + 1].toDouble()
            val width = geometry[4 * i + 2].toDouble()
            val height = geometry[4 * i + 3].toDouble()
            corners[4 * i] = x - width / 2
            corners[4 * i + 1] = y - height / 2
            corners[4 * i + 2] = x + width / 2
            corners[4 * i + 3] = y + height / 2
        }
        val around = HashMap<Int, DoubleArray>()
        for (i in 0 until count) {
            val own = around.getOrPut(cell[i]) { corners.copyOfRange(4 * i, 4 * i + 4) }
            own[0] = min(own[0], corners[4 * i])
            own[1] = min(own[1], corners[4 * i + 1])
            own[2] = max(own[2], corners[4 * i + 2])
            own[3] = max(own[3], corners[4 * i + 3])
        }
        val result = FloatArray(4 * count)
        for (i in 0 until count) putPlace(around.getValue(cell[i]), 1.0, 1.0, result, 4 * i)
        result
    }

    /**
     * The regions that explain one: those of its cell, or its row and its column's header.
     *
     * A page of one cell, or a cell of more than [CELL] regions, says nothing.
     */
    fun companions(place: Int): List<Int> {
        if (table[place] < 0) {
            val own = cell.indices.filter { cell[it] == cell[place] }
            return if (cell.any { it != 0 } && own.size <= CELL) own else emptyList()
        }
        val first = rows.first { place in it }[0]
        val x = geometry[4 * place]
        val width = geometry[4 * place + 2]
        val header = table.indices.firstOrNull { other ->
            table[other] == table[place] &&
                2 * abs(x - geometry[4 * other]) < width + geometry[4 * other + 2]
        }
        return listOfNotNull(first, header)
    }
}

/** Brings the regions of a page into reading order, document by document; [by]: "rows" or "layout". */
internal fun layOut(
    found: List<Region>,
    canvas: Canvas,
    pageWidth: Int,
    pageHeight: Int,
    by: String,
): Pair<List<Region>, Layout> {
    val skew = estimateSkew(found)
    val parts = documentsOf(found, canvas, skew).map { document ->
        layOutOne(document.map { found[it] }, canvas, pageWidth, pageHeight, by, skew)
    }
    return parts.singleOrNull() ?: (parts.flatMap { it.first } to together(parts.map { it.second }))
}

/** The documents of a page; its rules are only looked for where there may be several. */
private fun documentsOf(found: List<Region>, canvas: Canvas, skew: Double): List<List<Int>> {
    val slope = slopeOf(skew)
    val boxes = canvasBoxes(found.map { it.quad }, canvas.scale, slope)
    val documents = findDocuments(boxes, emptyList())
    return if (documents.size == 1) documents else findDocuments(boxes, findRules(canvas.grey, boxes, slope).level)
}

/** The layouts of a page's documents as one. */
private fun together(layouts: List<Layout>): Layout {
    val rows = ArrayList<List<Int>>()
    var cell = IntArray(0)
    var table = IntArray(0)
    var document = IntArray(0)
    var geometry = FloatArray(0)
    for ((number, own) in layouts.withIndex()) {
        val places = cell.size
        val cells = (cell.maxOrNull() ?: -1) + 1
        val tables = (table.maxOrNull() ?: -1) + 1
        rows += own.rows.map { row -> row.map { it + places } }
        cell += IntArray(own.cell.size) { own.cell[it] + cells }
        table += IntArray(own.cell.size) { if (own.table[it] < 0) -1 else own.table[it] + tables }
        document += IntArray(own.cell.size) { number }
        geometry += own.geometry
    }
    return Layout(rows, cell, table, framed(geometry, document), document)
}

/** Brings the regions of one document into reading order. */
private fun layOutOne(
    found: List<Region>,
    canvas: Canvas,
    pageWidth: Int,
    pageHeight: Int,
    by: String,
    skew: Double,
): Pair<List<Region>, Layout> {
    val blocks = if (by == "rows") null else findBlocks(canvas.grey, found.map { it.quad }, canvas.scale, skew)
    val rows = blocks?.rows ?: readingOrder(found, skew)
    val order = rows.flatten()
    val regions = order.map { found[it] }
    var next = 0
    val layout = Layout(
        rows.map { row -> row.map { next++ } },
        IntArray(order.size) { blocks?.cell?.get(order[it]) ?: 0 },
        IntArray(order.size) { blocks?.table?.get(order[it]) ?: -1 },
        geometry(regions, pageWidth, pageHeight, skew),
    )
    return regions to layout
}

/** The page's tilt in degrees, in (-45, 45]; positive is clockwise. */
internal fun estimateSkew(regions: List<Region>): Double {
    val long = regions.map { it.quad.toDoubles() }.filter { textWidth(it) > LINE * textHeight(it) }
    return weightedMedian(
        DoubleArray(long.size) { folded(textAngle(long[it])) },
        DoubleArray(long.size) { textWidth(long[it]) },
    )
}

/** The rows of a page across its whole width, top to bottom, each from left to right (docs/bundle.md, step 5). */
internal fun readingOrder(regions: List<Region>, skew: Double): List<List<Int>> {
    if (regions.isEmpty()) return emptyList()
    val boxes = regions.map { boundsOf(rotated(it.quad.toDoubles(), -skew)) }
    val cap = 1.5 * median(DoubleArray(boxes.size) { boxes[it].y1 - boxes[it].y0 })
    val middle = DoubleArray(boxes.size) { (boxes[it].y0 + boxes[it].y1) / 2 }
    val height = DoubleArray(boxes.size) { min(boxes[it].y1 - boxes[it].y0, cap) }
    val rows = ArrayList<ArrayList<Int>>()
    for (index in boxes.indices.sortedWith(compareBy({ boxes[it].x0 }, { middle[it] }))) {
        val box = boxes[index]
        var nearest = Double.POSITIVE_INFINITY
        var rowOfNearest: ArrayList<Int>? = null
        for (row in rows) {
            val last = row.last()
            val gap = abs(middle[index] - middle[last])
            val shared = (height[index] + height[last]) / 2 - gap
            val narrower = min(box.x1 - box.x0, boxes[last].x1 - boxes[last].x0)
            val stacked = boxes[last].x1 - box.x0 > 0.5 * narrower
            if (shared >= 0.5 * min(height[index], height[last]) && !stacked && gap < nearest) {
                nearest = gap
                rowOfNearest = row
            }
        }
        if (rowOfNearest == null) rows.add(arrayListOf(index)) else rowOfNearest.add(index)
    }
    return rows.sortedBy { row -> row.sumOf { middle[it] } / row.size }
}

/** The places of regions (N, 4), measured in the page turned by -[skew] degrees about its centre. */
internal fun geometry(regions: List<Region>, pageWidth: Int, pageHeight: Int, skew: Double): FloatArray {
    val result = FloatArray(4 * regions.size)
    for ((i, region) in regions.withIndex()) {
        val box = boundsOf(rotated(region.quad.toDoubles(), -skew, pageWidth / 2.0, pageHeight / 2.0))
        val corners = doubleArrayOf(box.x0, box.y0, box.x1, box.y1)
        putPlace(corners, pageWidth.toDouble(), pageHeight.toDouble(), result, 4 * i)
    }
    return result
}

private fun putPlace(box: DoubleArray, width: Double, height: Double, into: FloatArray, at: Int) {
    into[at] = ((box[0] + box[2]) / 2 / width).toFloat()
    into[at + 1] = ((box[1] + box[3]) / 2 / height).toFloat()
    into[at + 2] = ((box[2] - box[0]) / width).toFloat()
    into[at + 3] = ((box[3] - box[1]) / height).toFloat()
}

/** The angle of the same line in (-45, 45], whichever way it is read. */
private fun folded(angle: Double): Double {
    val positive = ((angle % 90.0) + 90.0) % 90.0
    return if (positive > 45.0) positive - 90.0 else positive
}
