package org.pinpoint.edge

import kotlin.math.min
import org.pinpoint.edge.text.isLetter
import org.pinpoint.edge.text.isLetterOrDigit
import org.pinpoint.edge.text.points
import org.pinpoint.edge.vision.LookedPage

/*
 * What makes "not found" doubtful whatever the models say (docs/bundle.md, step 12).
 */

/** The most confidence of "not found" then. */
private const val MOST_BLIND = 0.5

/** Letters and digits of a page. */
private const val FEW = 20

/** Mean probability of a character; sharp print has .97 and more. */
private const val LEGIBLE = 0.9

/** The least share of a question's letters in Latin script. */
private const val LATIN = 0.5

/** The answer; "not found" is no surer than [MOST_BLIND] where the page can hardly be read, or the question not. */
internal fun doubted(answer: Answer, pages: List<LookedPage>, question: String): Answer {
    if (answer.found) return answer
    val seen = pages.sumOf { page -> page.glance.readings.sumOf { text -> text.points().count(::isLetterOrDigit) } }
    val isBlind = seen < FEW || answer.signals.legible < LEGIBLE || !isLatin(question)
    return if (!isBlind) answer else answer.copy(confidence = min(answer.confidence, MOST_BLIND))
}

private fun isLatin(text: String): Boolean {
    val letters = text.points().filter(::isLetter)
    return letters.count { "LATIN" in Character.getName(it).orEmpty() } >= LATIN * letters.size
}
