package org.pinpoint.edge.retrieval

import kotlin.math.max
import org.pinpoint.edge.text.points

/*
 * Which of several documents on one page a question names: "the total of the Willow receipt" (docs/bundle.md, step 9).
 */

/** Characters of a word that names. */
private const val SHORTEST = 4

/** Shares of its trigrams, in a region of one document and of no other. */
private const val NAMED = 0.6
private const val NOT_NAMED = 0.3

/**
 * The document that words of a question name, null where none or several are named.
 *
 * [readings]: the rough texts of a page's regions; [documents]: of each.
 */
internal fun namedDocument(question: String, readings: List<String>, documents: IntArray): Int? {
    val count = documents.distinct().size
    if (count < 2) return null
    val texts = readings.map(::trigramCodes)
    val named = HashSet<Int>()
    for (word in content(question).split(' ')) {
        if (word.points().size < SHORTEST) continue
        val wanted = trigramCodes(word)
        val best = DoubleArray(count)
        for ((index, text) in texts.withIndex()) {
            val own = documents[index]
            best[own] = max(best[own], wanted.count { text.binarySearch(it) >= 0 }.toDouble() / wanted.size)
        }
        val most = best.indices.maxByOrNull { best[it] }!!
        val others = best.indices.filter { it != most }.maxOf { best[it] }
        if (best[most] >= NAMED && others <= NOT_NAMED) named.add(most)
    }
    return named.singleOrNull()
}
