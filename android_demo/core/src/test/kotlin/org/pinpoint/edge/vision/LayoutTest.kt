package org.pinpoint.edge.vision

import java.util.Locale
import org.junit.Assert.assertEquals
import org.junit.Test
import org.pinpoint.edge.Case
import org.pinpoint.edge.Golden
import org.pinpoint.edge.grey
import org.pinpoint.edge.vision.layout.Block
import org.pinpoint.edge.vision.layout.arrange
import org.pinpoint.edge.vision.layout.findRules
import org.pinpoint.edge.vision.layout.slopeOf
import org.pinpoint.edge.vision.layout.uprightBoxes

/** The golden layouts: rules, tree of blocks, rows, cells and tables. */
class LayoutTest {
    private fun assertTree(wanted: Case, block: Block) {
        assertEquals(wanted["kind"].text, block.kind.name.lowercase(Locale.ROOT))
        assertEquals(wanted["box"].ints, with(block.box) { listOf(u0, v0, u1, v1) })
        if (wanted.has("children")) {
            assertEquals(wanted["children"].all.size, block.children.size)
            wanted["children"].all.zip(block.children).forEach { (case, child) -> assertTree(case, child) }
        } else {
            assertEquals(wanted["rows"].rows, block.rows)
        }
    }

    @Test
    fun goldenLayouts() {
        val golden = Golden("layout")
        for ((name, case) in golden.cases.entries) {
            val canvas = grey(golden.file("$name.png"))
            val slope = slopeOf(case["skew"].double)
            assertEquals(case["slope"].int, slope)
            val quads = case["quads"].all.map { quad -> quad.floats.map { it.toInt() }.toIntArray() }
            val boxes = uprightBoxes(quads, slope)
            assertEquals(name, case["boxes"].rows, boxes.map { listOf(it.u0, it.v0, it.u1, it.v1) })
            val rules = findRules(canvas, boxes, slope)
            assertEquals(name, case["level"].rows, rules.level.map { listOf(it.at, it.start, it.stop) })
            assertEquals(name, case["upright"].rows, rules.upright.map { listOf(it.at, it.start, it.stop) })
            val blocks = arrange(boxes, rules)
            assertTree(case["tree"], blocks.root)
            assertEquals(name, case["rows"].rows, blocks.rows)
            assertEquals(name, case["cell"].ints, blocks.cell.toList())
            assertEquals(name, case["table"].ints, blocks.table.toList())
        }
    }
}
