package org.pinpoint.edge.retrieval

import java.util.Random
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.Golden
import org.pinpoint.edge.OptionException
import org.pinpoint.edge.bundle.SelectionParameters

/** The golden choices, and what holds for any. */
class SelectionTest {
    @Test
    fun goldenChoices() {
        for (case in Golden("selection").cases["select"].all) {
            val logits = case["relevance"].floats
            val regions = logits.copyOf(logits.size - 1)
            val costs = case["costs"].ints.toIntArray()
            val made = select(
                regions, logits.last(), costs, case["coverage"].double, case["budget"].int, SelectionParameters(),
            )
            val wanted = case["selection"]
            assertEquals(wanted["indices"].ints, made.indices)
            assertEquals(wanted["found"].bool, made.found)
            assertEquals(wanted["covered"].double, made.covered, 2e-9)
            assertEquals(wanted["null"].double, made.nothing, 2e-9)
            assertEquals(wanted["estimated_tokens"].int, made.tokens)
            for ((i, share) in wanted["relevance"].doubles.withIndex()) assertEquals(share, made.relevance[i], 2e-9)
        }
    }

    @Test
    fun aChoiceStaysWithinItsBudget() {
        val random = Random(11)
        repeat(200) {
            val count = 1 + random.nextInt(20)
            val logits = FloatArray(count) { random.nextInt(7) - 3f }
            val costs = IntArray(count) { 1 + random.nextInt(30) }
            val budget = 1 + random.nextInt(100)
            val made = select(logits, 0f, costs, 0.9, budget, SelectionParameters())
            assertTrue(made.tokens <= budget || made.indices.size == 1)
            assertEquals(made.indices.sorted(), made.indices)
            val all = withCompanions(made, logits, costs, budget) { listOf(0, count - 1) }
            assertTrue(all.containsAll(made.indices))
            assertTrue(all.sumOf { costs[it] } <= budget || all.size == 1)
        }
    }

    @Test
    fun limitsThatMakeNoSenseAreRefused() {
        for (coverage in listOf(0.0, 1.1, Double.NaN)) {
            assertThrows(OptionException::class.java) {
                select(floatArrayOf(1f), 0f, intArrayOf(1), coverage, 5, SelectionParameters())
            }
        }
    }
}
