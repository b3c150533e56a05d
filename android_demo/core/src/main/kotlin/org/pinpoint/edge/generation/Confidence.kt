package org.pinpoint.edge.generation

import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.min
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.Signals

/*
 * One confidence for an answer, out of the certainty of each part of the pipeline (docs/bundle.md, step 12).
 */

/** Log odds of what is surer than this are all the same. */
private const val EDGE = 1e-4

internal fun logOdds(probability: Double): Double {
    val held = probability.coerceIn(EDGE, 1 - EDGE)
    return ln(held / (1 - held))
}

/** The confidence of an answer; [weights]: the bundle's, for "found" and "not-found" answers apart. */
internal fun confidenceOf(signals: Signals, found: Boolean, weights: Map<String, Map<String, Double>>): Double {
    val own = weights[if (found) "found" else "not-found"]
        ?: return signals.decode * signals.reader * (1 - (if (found) signals.nothing else 0.0))
    var total = 0.0
    for ((name, weight) in own) {
        total += weight * when (name) {
            "bias" -> 1.0
            "decode" -> logOdds(signals.decode)
            "least" -> logOdds(signals.least)
            "reader" -> logOdds(signals.reader)
            "null" -> logOdds(signals.nothing)
            "not_found" -> logOdds(signals.notFound)
            "focus" -> logOdds(signals.focus)
            "support" -> logOdds(signals.support)
            "legible" -> logOdds(signals.legible)
            "label" -> logOdds(signals.label)
            else -> throw BundleException("There is no signal '$name' to weigh: update the library.")
        }
    }
    return 1 / (1 + exp(-total.coerceIn(-30.0, 30.0)))
}

/** Geometric mean of the token probabilities, so that a long address is not doubted for its length; 1 for no tokens. */
internal fun decodeProbability(logs: DoubleArray): Double =
    if (logs.isEmpty()) 1.0 else min(1.0, exp(logs.sum() / logs.size))

/** The mean probability of all characters that were read; 1 without any. */
internal fun meanProbability(texts: List<FloatArray>): Double {
    val count = texts.sumOf { it.size }
    if (count == 0) return 1.0
    return min(1.0, texts.sumOf { text -> text.fold(0.0) { sum, own -> sum + own } } / count)
}

/** Smallest character probability of the span, because one wrong digit makes an amount wrong; 1 without one. */
internal fun readerProbability(likely: List<Float>): Double = likely.fold(1.0) { least, own -> min(least, own.toDouble()) }
