package org.pinpoint.edge.retrieval

import kotlin.math.ceil
import kotlin.math.exp
import kotlin.math.min
import org.pinpoint.edge.OptionException
import org.pinpoint.edge.bundle.SelectionParameters
import org.pinpoint.edge.text.points

/** Where the choice of evidence ends: coverage, 0 to 1, or a budget of tokens. */
internal class Limits(val coverage: Double, val tokenBudget: Int)

/**
 * The regions chosen for one question.
 *
 * @property indices in reading order.
 * @property relevance of each chosen one: its probability among the regions.
 * @property covered their sum.
 * @property nothing the probability of the null region.
 * @property found false when null wins; the regions are chosen all the same.
 * @property tokens sum of the chosen costs.
 */
internal class Selection(
    val indices: List<Int>,
    val relevance: DoubleArray,
    val covered: Double,
    val nothing: Double,
    val found: Boolean,
    val tokens: Int,
)

/**
 * Chooses regions by falling relevance until [coverage] or the token [budget] is reached (docs/bundle.md, step 9).
 *
 * [logits]: of the regions, relative to a null of [nullLogit]; [costs]: tokens that each is expected to add.
 */
internal fun select(
    logits: FloatArray,
    nullLogit: Float,
    costs: IntArray,
    coverage: Double,
    budget: Int,
    parameters: SelectionParameters,
): Selection {
    val count = logits.size
    if (coverage.isNaN() || coverage <= 0.0 || coverage > 1.0) {
        throw OptionException("The coverage is $coverage: give a number above 0 and up to 1.")
    }
    if (budget < 1) throw OptionException("The token budget is $budget: give at least 1.")
    if (count == 0) return Selection(emptyList(), DoubleArray(0), 0.0, 1.0, false, 0)
    val nothing = softmax(DoubleArray(count + 1) { if (it < count) logits[it].toDouble() else nullLogit.toDouble() })
    val shares = softmax(DoubleArray(count) { logits[it].toDouble() / parameters.temperature })
    val chosen = ArrayList<Int>()
    var covered = 0.0
    var tokens = 0
    for (index in byFalling(logits)) { // shares may round unequal logits to equal
        if (chosen.isNotEmpty() && (covered >= coverage || tokens.toLong() + costs[index] > budget)) break
        chosen.add(index)
        covered += shares[index]
        tokens += costs[index]
    }
    chosen.sort()
    return Selection(
        chosen,
        DoubleArray(chosen.size) { shares[chosen[it]] },
        min(covered, 1.0),
        nothing[count],
        nothing[count] < parameters.nullWins,
        tokens,
    )
}

/** Adds what explains the chosen regions, those of the most relevant first, in the budget; indices in reading order. */
internal fun withCompanions(
    chosen: Selection,
    relevance: FloatArray,
    costs: IntArray,
    budget: Int,
    companions: (Int) -> List<Int>,
): List<Int> {
    val taken = chosen.indices.toSortedSet()
    var spent = chosen.tokens
    for (index in chosen.indices.sortedByDescending { relevance[it] }) {
        for (other in companions(index)) {
            if (other !in taken && spent + costs[other] <= budget) {
                taken.add(other)
                spent += costs[other]
            }
        }
    }
    return taken.toList()
}

/** Tokens that a region is expected to add, from its rough reading. */
internal fun estimateTokens(reading: String): Int {
    val points = reading.points()
    val digits = points.count { Character.isDigit(it) }
    return 2 + digits + ceil((points.size - digits) / 3.0).toInt()
}

/** Indices by falling value, the earlier of equals first. */
internal fun byFalling(values: FloatArray): List<Int> = values.indices.sortedByDescending { values[it] }

/** Probabilities of scores. */
internal fun softmax(scores: DoubleArray): DoubleArray {
    val top = scores.max()
    val powers = DoubleArray(scores.size) { exp(scores[it] - top) }
    val sum = powers.sum()
    for (i in powers.indices) powers[i] /= sum
    return powers
}
