package org.pinpoint.edge.retrieval

import org.pinpoint.edge.Work
import org.pinpoint.edge.runtime.Stages
import org.pinpoint.edge.runtime.Tensor
import org.pinpoint.edge.vision.FEATURES
import org.pinpoint.edge.vision.LookedPage

internal const val READING_TRIGRAMS = 32
internal const val INSTRUCTION_TRIGRAMS = 64
internal val ALIGN_SIZES: List<Int> = listOf(64, 256)

/**
 * Scores every region of one page against the question (docs/bundle.md, step 9).
 *
 * Returns (N,) logits relative to the null region, so that 0 is as likely as "none" and parts and pages compare.
 */
internal fun align(stages: Stages, question: String, page: LookedPage, work: Work): FloatArray {
    val count = page.glance.readings.size
    val relevance = FloatArray(count)
    if (count == 0) return relevance
    val match = matchFeatures(question, page.glance.readings, page.layout)
    val instruction = instructionIds(question, INSTRUCTION_TRIGRAMS)
    val matchColumns = stages.size("align", "match", 1)
    val placeColumns = stages.size("align", "geometry", 1)
    val order = page.layout.rows.flatten()
    for (part in order.chunked(ALIGN_SIZES.last())) {
        work.check()
        val size = ALIGN_SIZES.first { it >= part.size }
        val features = FloatArray(size * FEATURES)
        val trigrams = IntArray(size * READING_TRIGRAMS)
        val matches = FloatArray(size * matchColumns)
        val places = FloatArray(size * placeColumns)
        val mask = FloatArray(size)
        for ((slot, index) in part.withIndex()) {
            page.glance.features.copyInto(features, slot * FEATURES, index * FEATURES, (index + 1) * FEATURES)
            trigramIds(page.glance.readings[index], READING_TRIGRAMS).copyInto(trigrams, slot * READING_TRIGRAMS)
            val own = index * MATCH_COLUMNS
            match.copyInto(matches, slot * matchColumns, own, own + matchColumns)
            page.layout.geometry.copyInto(places, slot * placeColumns, index * 4, index * 4 + 4)
            if (placeColumns > 4) {
                page.layout.cells.copyInto(places, slot * placeColumns + 4, index * 4, index * 4 + 4)
            }
            mask[slot] = 1f
        }
        val scores = stages.run(
            "align",
            mapOf(
                "features" to Tensor.Floats(intArrayOf(size, 4, FEATURES / 4), features),
                "trigrams" to Tensor.Ints(intArrayOf(size, READING_TRIGRAMS), trigrams),
                "match" to Tensor.Floats(intArrayOf(size, matchColumns), matches),
                "geometry" to Tensor.Floats(intArrayOf(size, placeColumns), places),
                "mask" to Tensor.Floats(intArrayOf(size), mask),
                "instruction" to Tensor.Ints(intArrayOf(INSTRUCTION_TRIGRAMS), instruction),
            ),
        ).getValue("relevance") as Tensor.Floats
        for ((slot, index) in part.withIndex()) relevance[index] = scores.data[slot] - scores.data[size]
    }
    return relevance
}
