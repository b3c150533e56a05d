package org.pinpoint.edge.vision.layout

/** Most lines of a cell in a row of a table. */
private const val CELL_LINES = 3

/** The kinds of blocks. */
internal enum class BlockKind {
    /** Cut by rules, from top to bottom. */
    STACK,

    /** Cut by gaps, from top to bottom. */
    SPACED,

    /** Cells from left to right. */
    STRIP,

    /** Columns from left to right. */
    COLUMNS,

    /** Rules around one child. */
    GRID,

    /** Rows run across; the children are the rows, or there are none. */
    TABLE,

    /** Lines of text. */
    LINES,
}

/** A part of a page: [children] in reading order, or the [rows] of a leaf's regions. */
internal class Block(
    val kind: BlockKind,
    val box: UvBox,
    val children: List<Block> = emptyList(),
    val rows: List<List<Int>> = emptyList(),
) {
    /** Its regions in reading order. */
    fun regions(): List<Int> = rows.flatten() + children.flatMap { it.regions() }

    /** Its rows in reading order; a row of a ruled table holds its cells one after the other. */
    fun allRows(): List<List<Int>> = when {
        children.isEmpty() -> rows
        mostLines(this) == 1 -> listOf(regions())
        kind == BlockKind.TABLE -> children.map { it.regions() }
        else -> children.flatMap { it.allRows() }
    }

    /** The tables in it that lie in no other, in reading order. */
    fun tables(): List<Block> = if (kind == BlockKind.TABLE) listOf(this) else children.flatMap { it.tables() }

    /** The smallest blocks in it that rules and gutters part, in reading order. */
    fun cells(): List<Block> {
        val inner = children.map { it.cells() }
        val whole = kind == BlockKind.SPACED || kind == BlockKind.LINES
        if (whole && inner.all { it.size == 1 }) return listOf(this)
        return inner.flatten().ifEmpty { listOf(this) }
    }
}

/** The children of a stack with the rows of tables that follow each other as one table. */
internal fun withTables(children: List<Block>): List<Block> {
    val isRow = tableRows(children)
    val found = ArrayList<Block>()
    for ((start, block) in children.withIndex()) {
        if (!isRow[start]) {
            found.add(block)
        } else if (start == 0 || !isRow[start - 1]) {
            val stop = (start until children.size).firstOrNull { !isRow[it] } ?: children.size
            val rows = children.subList(start, stop).toList()
            found.add(Block(BlockKind.TABLE, bounds(rows.map { it.box }, rows.indices.toList()), rows))
        }
    }
    return found
}

/** Which children of a stack are rows of a table. */
private fun tableRows(children: List<Block>): BooleanArray {
    val lines = children.map(::mostLines)
    val cells = children.map { it.children.size }
    val isRow = BooleanArray(children.size) { lines[it] == 1 }
    for ((number, most) in lines.withIndex()) {
        val beside = listOf(number - 1, number + 1).filter { it in lines.indices }
        val like = beside.any { lines[it] == 1 && cells[it] == cells[number] }
        if (like && cells[number] > 2 && most <= CELL_LINES) isRow[number] = true
    }
    val certain = isRow.indices.filter { isRow[it] }
    for ((before, after) in certain.zipWithNext()) {
        if ((before + 1 until after).all { children[it].regions().size == 1 }) isRow.fill(true, before, after)
    }
    return isRow
}

/** The lines of the longest cell of a strip; more than any table has for another block. */
private fun mostLines(strip: Block): Int {
    if (strip.kind != BlockKind.STRIP || strip.children.any { it.kind != BlockKind.LINES }) return CELL_LINES + 1
    return strip.children.maxOf { it.rows.size }
}
