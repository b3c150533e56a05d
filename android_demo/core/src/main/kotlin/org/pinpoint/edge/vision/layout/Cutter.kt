package org.pinpoint.edge.vision.layout

/** Percent of a block that a level rule covers to cut it. */
private const val SPANS = 80

/** Percent that an upright one covers. */
private const val SPANS_UPRIGHT = 65

/** Pixels between the two lines of a double rule. */
private const val DOUBLE = 8

/** Rows that run across columns: fewer are labelled cells. */
private const val TABLE_ROWS = 4
private const val ACROSS = 60
private const val NARROW = 30
private const val BESIDE = 70
private const val DEEPEST = 30

/**
 * Cuts a page into blocks: by grids, ruled lines and white space (docs/bundle.md, step 5b, "Blocks").
 *
 * An index from the number of regions on means a grid.
 */
internal class Cutter(regions: List<UvBox>, allRules: Rules) {
    private val count = regions.size
    private val grids = findGrids(allRules, regions)
    private val boxes = regions + grids.map { it.box }
    private var rules: Rules

    /** What lies in a grid and in no smaller one; the page is grid -1. */
    private val inside = HashMap<Int, MutableList<Int>>()

    init {
        val level = grids.flatMapTo(HashSet()) { it.rules.level }
        val upright = grids.flatMapTo(HashSet()) { it.rules.upright }
        rules = Rules(allRules.level.filter { it !in level }, allRules.upright.filter { it !in upright })
        for ((index, box) in boxes.withIndex()) {
            // A grid lies in an earlier, larger one.
            val outer = if (index >= count) grids.subList(0, index - count) else grids
            inside.getOrPut(innermost(box, outer)) { ArrayList() }.add(index)
        }
    }

    /** The block of the whole page. */
    fun page(): Block = block(inside[-1].orEmpty().filter { !isEmpty(it) }, 0)

    /** Whether an index is a grid without a region. */
    private fun isEmpty(index: Int) = index >= count && regionsIn(index - count).isEmpty()

    /** The regions in a grid and in the grids in it. */
    private fun regionsIn(number: Int): List<Int> = inside[number].orEmpty()
        .flatMap { if (it < count) listOf(it) else regionsIn(it - count) }.sorted()

    /** The block of these regions and grids, cut as long as something cuts it. */
    private fun block(indices: List<Int>, depth: Int): Block {
        val first = indices.filter { it >= count }.minWithOrNull(compareBy({ boxes[it].v0 }, { boxes[it] }))
        if (first != null) {
            if (goesOnBeside(first, indices)) return block(withoutGrid(indices, first), depth)
            return aroundGrid(indices, first, depth)
        }
        if (indices.size > 1 && depth < DEEPEST) {
            val found = byLevel(indices, depth) ?: byUpright(indices, depth) ?: byGutter(indices, depth)
                ?: byGap(indices, depth)
            if (found != null) return found
        }
        return Block(BlockKind.LINES, bounds(boxes, indices), rows = rowsOf(boxes, indices))
    }

    /** Whether the rows of a grid go on beside it, as those of amounts beside a form's lines. */
    private fun goesOnBeside(grid: Int, indices: List<Int>): Boolean {
        val box = boxes[grid]
        val inner = regionsIn(grid - count)
        val outer = indices.filter { it < count && boxes[it].middleV in 2 * box.v0..2 * box.v1 }
        if (outer.isEmpty()) return false
        val rows = rowsOf(boxes, (inner + outer).sorted())
        val together = alignedRows(boxes, rows, listOf(inner, outer))
        val fewer = minOf(rowsOf(boxes, inner).size, rowsOf(boxes, outer).size)
        return together >= TABLE_ROWS && 100 * together >= BESIDE * fewer
    }

    /** Takes a grid for loose rules, and what lies in it for regions beside the others. */
    private fun withoutGrid(indices: List<Int>, grid: Int): List<Int> {
        val own = grids[grid - count].rules
        rules = Rules((rules.level + own.level).sorted(), (rules.upright + own.upright).sorted())
        return (indices.filter { it != grid } + filled(grid)).sorted()
    }

    private fun filled(grid: Int) = inside[grid - count].orEmpty().filter { !isEmpty(it) }

    /** A grid with what lies above it, left, right and below, in this order. */
    private fun aroundGrid(indices: List<Int>, grid: Int, depth: Int): Block {
        val around = boxes[grid]
        val above = ArrayList<Int>()
        val left = ArrayList<Int>()
        val right = ArrayList<Int>()
        val below = ArrayList<Int>()
        for (index in indices) {
            val box = boxes[index]
            when {
                index == grid -> continue
                box.middleV < 2 * around.v0 -> above
                box.middleV > 2 * around.v1 -> below
                box.middleU < around.middleU -> left
                else -> right
            }.add(index)
        }
        val outer = rules
        rules = grids[grid - count].rules
        val inner = Block(BlockKind.GRID, around, listOf(block(filled(grid), depth + 1)))
        rules = outer
        fun part(of: List<Int>) = if (of.isEmpty()) null else block(of, depth + 1)
        val row = listOfNotNull(part(left), inner, part(right))
        val middle = Block(BlockKind.COLUMNS, bounds(boxes, listOf(grid) + left + right), row)
        val kept = listOfNotNull(part(above), if (row.size > 1) middle else inner, part(below))
        return if (kept.size > 1) Block(BlockKind.STACK, bounds(boxes, indices), kept) else kept[0]
    }

    /** Regions between the cuts, by their middles; empty parts are left out. */
    private fun parts(indices: List<Int>, cuts: List<Int>, axis: Int): List<List<Int>> {
        val parts = List(cuts.size + 1) { ArrayList<Int>() }
        for (index in indices) {
            val middle = if (axis == 0) boxes[index].middleU else boxes[index].middleV
            parts[cuts.count { 2 * it <= middle }].add(index)
        }
        return parts.filter { it.isNotEmpty() }
    }

    private fun byLevel(indices: List<Int>, depth: Int): Block? {
        val box = bounds(boxes, indices)
        val parts = parts(indices, ruleCuts(indices, rules.level, 1, SPANS), 1).toMutableList()
        if (parts.size < 2) return null
        val children = parts.mapTo(ArrayList()) { block(it, depth + 1) }
        for (number in children.size - 1 downTo 1) takeHeader(children, parts, number, depth)
        val found = withTables(children)
        return if (found.size > 1) Block(BlockKind.STACK, box, found) else found[0]
    }

    /** Gives a table whose columns go on above the rule the row that lies there. */
    private fun takeHeader(children: MutableList<Block>, parts: MutableList<List<Int>>, number: Int, depth: Int) {
        val table = children[number]
        val above = parts[number - 1]
        if (table.kind != BlockKind.TABLE || table.children.isNotEmpty()) return
        val header = rowsOf(boxes, above).last()
        if (header.size < 2 || header.size > table.rows.maxOf { it.size }) return
        val cuts = ruleCuts(parts[number], rules.upright, 0, SPANS_UPRIGHT)
        val middle = bounds(boxes, header).middleV
        val beside = rules.upright.filter { middle in 2 * it.start..2 * it.stop }
        if (beside.none { rule -> cuts.any { rule.at - it in 0..DOUBLE } }) return
        val rows = listOf(header) + table.rows
        children[number] = Block(BlockKind.TABLE, bounds(boxes, header + parts[number]), rows = rows)
        val left = above.filter { it !in header }
        if (left.isNotEmpty()) {
            children[number - 1] = block(left, depth + 1)
        } else {
            children.removeAt(number - 1)
            parts.removeAt(number - 1)
        }
    }

    private fun byUpright(indices: List<Int>, depth: Int): Block? {
        val box = bounds(boxes, indices)
        val parts = parts(indices, ruleCuts(indices, rules.upright, 0, SPANS_UPRIGHT), 0)
        if (parts.size < 2) return null
        val level = levelText(boxes, indices)
        val inside = parts.map { part -> part.filter { it in level } }
        if (runsAcross(rowsOf(boxes, level.sorted()), inside, box)) {
            return Block(BlockKind.TABLE, box, rows = rowsOf(boxes, indices))
        }
        return Block(BlockKind.STRIP, box, parts.map { block(it, depth + 1) })
    }

    /** Whether rows are read across upright rules: most do, or narrow parts lie beside one. */
    private fun runsAcross(rows: List<List<Int>>, parts: List<List<Int>>, box: UvBox): Boolean {
        if (rows.size < TABLE_ROWS || parts.any { it.isEmpty() }) return false
        val across = alignedRows(boxes, rows, parts)
        if (across >= TABLE_ROWS && 100 * across >= ACROSS * rows.size) return true
        val widths = parts.map { bounds(boxes, it).width }
        val widest = widths.indices.maxBy { widths[it] }
        return parts.indices.all { number ->
            if (number == widest) return@all true
            val own = rowsOf(boxes, parts[number])
            val together = alignedRows(boxes, rows, listOf(parts[widest], parts[number]))
            100 * widths[number] <= NARROW * box.width && 100 * together >= BESIDE * own.size
        }
    }

    private fun byGutter(indices: List<Int>, depth: Int): Block? {
        val tall = medianHeight(boxes, indices)
        val found = gaps(boxes, indices, 0).filter { it.second - it.first >= tall }
        // All gutters at once, else the widest alone.
        val widest = found.sortedWith(compareBy({ it.first - it.second }, { it.first })).take(1)
        for (chosen in if (found.size in 2..3) listOf(found, widest) else listOf(widest)) {
            val parts = parts(indices, chosen.map { (it.first + it.second).floorDiv(2) }, 0)
            val width = chosen.minOfOrNull { it.second - it.first } ?: 0
            if (parts.size > 1 && isSideBySide(boxes, parts, width, tall)) {
                return Block(BlockKind.COLUMNS, bounds(boxes, indices), parts.map { block(it, depth + 1) })
            }
        }
        return null
    }

    private fun byGap(indices: List<Int>, depth: Int): Block? {
        val tall = medianHeight(boxes, indices)
        val found = gaps(boxes, indices, 1).filter { 4 * (it.second - it.first) >= 3 * tall }
        if (found.isEmpty()) return null
        val most = found.maxOf { it.second - it.first }
        val cuts = found.filter { 10 * (it.second - it.first) >= 7 * most }
            .map { (it.first + it.second).floorDiv(2) }
        val children = parts(indices, cuts, 1).map { block(it, depth + 1) }
        return Block(BlockKind.SPACED, bounds(boxes, indices), children)
    }

    /** Where rules across [axis] cut the regions: one place for each rule, or double rule. */
    private fun ruleCuts(indices: List<Int>, rules: List<Rule>, axis: Int, percent: Int): List<Int> {
        val box = bounds(boxes, indices)
        val first = box.low(1 - axis)
        val last = box.high(1 - axis)
        val near = rules.filter { box.low(axis) < it.at && it.at < box.high(axis) }
        val cuts = ArrayList<Int>()
        for (rule in near) {
            if (cuts.isNotEmpty() && rule.at - cuts.last() <= DOUBLE) continue
            val beside = near.filter { it.at - rule.at in 0..DOUBLE }
            val covered = coveredLength(beside.map { it.start to it.stop }, first, last)
            if (100 * covered >= percent * (last - first) && !crossed(indices, rule.at, axis)) cuts.add(rule.at)
        }
        return cuts
    }

    /** Whether a place lies in the middle half of a region. */
    private fun crossed(indices: List<Int>, at: Int, axis: Int): Boolean = indices.any { index ->
        val low = boxes[index].low(axis)
        val high = boxes[index].high(axis)
        4 * low + (high - low) < 4 * at && 4 * at < 4 * high - (high - low)
    }
}
