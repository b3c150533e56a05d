package org.pinpoint.edge.retrieval

import kotlin.math.min
import org.pinpoint.edge.Step
import org.pinpoint.edge.Work
import org.pinpoint.edge.bundle.SelectionParameters
import org.pinpoint.edge.runtime.Stages
import org.pinpoint.edge.vision.LookedPage

/** A relevance whose share is 0. */
private const val OUT_OF_REACH = -1e4f

/**
 * The regions chosen for one question.
 *
 * @property indices document-wide, in reading order.
 * @property relevance a probability for every region of the document.
 * @property found false when nothing on the pages is relevant.
 * @property nothing the aligner's probability of that.
 * @property focus the largest relevance.
 * @property label the best literal match of the question and a rough text.
 * @property leftOut regions that coverage asked for and the budget refused.
 */
internal class Retrieved(
    val indices: List<Int>,
    val relevance: FloatArray,
    val found: Boolean,
    val nothing: Double,
    val focus: Double,
    val label: Double,
    val leftOut: Int,
)

/** Chooses the regions that the question is about, over all pages of a document: align, then select. */
internal fun retrieve(
    question: String,
    pages: List<LookedPage>,
    costs: IntArray,
    stages: Stages,
    limits: Limits,
    parameters: SelectionParameters,
    work: Work,
): Retrieved {
    val scores = FloatArray(costs.size)
    work.timed("align") {
        for ((number, page) in pages.withIndex()) {
            val scored = align(stages, question, page, work)
            inNamedDocument(scored, question, page).copyInto(scores, page.first)
            work.report(Step.ALIGN, number + 1, pages.size)
        }
    }
    return work.timed("select") {
        val likely = onLikelyPages(scores, pages, parameters.pageShare)
        val chosen = select(likely, 0f, costs, limits.coverage, limits.tokenBudget, parameters)
        val covering = select(likely, 0f, costs, limits.coverage, Int.MAX_VALUE, parameters)
        val indices = withCompanions(chosen, scores, costs, limits.tokenBudget) { companions(pages, it) }
        val relevance = shares(scores, parameters.temperature)
        Retrieved(
            indices,
            relevance,
            chosen.found,
            chosen.nothing,
            focus = relevance.maxOrNull()?.toDouble() ?: 1.0,
            label = similarity(question, pages.flatMap { it.glance.readings }).maxOrNull()?.toDouble() ?: 0.0,
            leftOut = covering.indices.size - chosen.indices.size,
        )
    }
}

/** Puts what lies in other documents of a page out of reach where the question names one. */
private fun inNamedDocument(scores: FloatArray, question: String, page: LookedPage): FloatArray {
    val document = page.layout.document
    val named = namedDocument(question, page.glance.readings, document) ?: return scores
    return FloatArray(scores.size) { if (document[it] == named) scores[it] else OUT_OF_REACH }
}

private fun companions(pages: List<LookedPage>, index: Int): List<Int> {
    val page = pages.first { index < it.first + it.regions.size }
    return page.layout.companions(index - page.first).map { page.first + it }
}

private fun shares(scores: FloatArray, temperature: Double): FloatArray {
    if (scores.isEmpty()) return scores
    val shares = softmax(DoubleArray(scores.size) { scores[it] / temperature })
    return FloatArray(scores.size) { shares[it].toFloat() }
}

/**
 * Puts the regions of pages with less than [least] of the relevance out of reach, but not those of the best page.
 *
 * Softened relevance gathers what is uncertain within a page; between pages it would only bring in look-alikes, so they
 * compete by their shares at temperature 1.
 */
private fun onLikelyPages(scores: FloatArray, pages: List<LookedPage>, least: Double): FloatArray {
    if (pages.count { it.regions.isNotEmpty() } < 2) return scores
    val shares = shares(scores, 1.0)
    val result = scores.copyOf()
    fun share(page: LookedPage) = page.regions.indices.sumOf { shares[page.first + it].toDouble() }
    val enough = min(least, pages.maxOf(::share))
    for (page in pages.filter { share(it) < enough }) {
        result.fill(OUT_OF_REACH, page.first, page.first + page.regions.size)
    }
    return result
}
