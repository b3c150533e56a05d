package org.pinpoint.edge.generation

import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.max

/**
 * An answer with the probabilities that the language model gave it.
 *
 * @property logProbabilities of each chosen token, the end token too, among the allowed ones.
 * @property notFound the first token's probability, among the allowed ones, of the token that begins "not found".
 */
internal class ConstrainedAnswer(val found: Found, val logProbabilities: DoubleArray, val notFound: Double)

/**
 * Decodes greedily among the allowed tokens (docs/bundle.md, step 11).
 *
 * [first]: the logits after the prompt; [step]: appends a token and gives the logits after it; [notFoundBias]: added to
 * the logit of the token that begins "not found".
 */
internal fun decodeConstrained(
    first: FloatArray,
    automaton: Automaton,
    maxTokens: Int,
    notFoundBias: Double,
    step: (Int) -> FloatArray,
): ConstrainedAnswer {
    val table = automaton.table
    val opening = table.longest(" $NOT_FOUND".toByteArray())
    val logs = ArrayList<Double>()
    var notFound = 0.0
    var logits = first
    for (count in 0 until maxTokens) {
        val allowed = automaton.allowed()
        fun logit(id: Int) = logits[id].toDouble() + (if (count == 0 && id == opening) notFoundBias else 0.0)
        var choice = allowed[0]
        for (id in allowed) if (logit(id) > logit(choice)) choice = id
        var top = Double.NEGATIVE_INFINITY
        for (id in allowed) top = max(top, logit(id))
        var sum = 0.0
        for (id in allowed) sum += exp(logit(id) - top)
        val among = top + ln(sum)
        if (count == 0) notFound = exp(logit(opening) - among)
        logs.add(logit(choice) - among)
        automaton.push(choice)
        if (choice == table.endId) break
        if (count + 1 < maxTokens) logits = step(choice)
    }
    return ConstrainedAnswer(automaton.finish(), logs.toDoubleArray(), notFound)
}
