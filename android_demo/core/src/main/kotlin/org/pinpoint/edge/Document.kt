package org.pinpoint.edge

import java.util.concurrent.atomic.AtomicLong
import org.pinpoint.edge.generation.Piece
import org.pinpoint.edge.generation.QuotableText
import org.pinpoint.edge.generation.buildPrompt
import org.pinpoint.edge.generation.checkQuestion
import org.pinpoint.edge.generation.meanProbability
import org.pinpoint.edge.generation.regionCost
import org.pinpoint.edge.retrieval.Limits
import org.pinpoint.edge.retrieval.Retrieved
import org.pinpoint.edge.retrieval.estimateTokens
import org.pinpoint.edge.retrieval.retrieve
import org.pinpoint.edge.vision.LookedPage
import org.pinpoint.edge.vision.Refined
import org.pinpoint.edge.vision.refine
import org.pinpoint.edge.vision.textWidth
import org.pinpoint.edge.vision.toDoubles

/** Lines that show how legible a page is, where nothing was read of it. */
private const val LINES = 8

/** Most tokens of the line "Page 12:" that opens a further page. */
private const val PAGE_LINE = 8

/** Names documents in the cache: an identity may come back later. */
private val SERIALS = AtomicLong()

/**
 * Pages that were read together; [PinPoint.read] makes one.
 *
 * The way of a question: retrieve, refine, generate, result. All that does not depend on the question is computed when the
 * pages are read, and a region that was refined for one question is kept for the next. Threads may share a document; their
 * calls take turns. It holds the pages' pixels and needs no closing.
 */
public class Document internal constructor(
    private val engine: Engine,
    private val pages: List<LookedPage>,
    /** Milliseconds by step of the reading. */
    public val timings: Map<String, Double>,
) {
    private val regions = pages.flatMap { it.regions }
    private val pageOf = IntArray(regions.size)
    private val geometry = FloatArray(4 * regions.size)
    private val costs: IntArray
    private val refined = arrayOfNulls<Refined>(regions.size)
    private val serial = SERIALS.incrementAndGet()

    init {
        val readings = pages.flatMap { it.glance.readings }
        costs = IntArray(regions.size) { estimateTokens(readings[it]) }
        for ((number, page) in pages.withIndex()) {
            pageOf.fill(number, page.first, page.first + page.regions.size)
            page.layout.geometry.copyInto(geometry, 4 * page.first)
        }
    }

    /** How many pages there are. */
    public val pageCount: Int get() = pages.size

    /** The bounds of a page's regions, in reading order; [page] counts from 0. */
    public fun regionsOf(page: Int): List<Box> = pages[page].regions.map { it.box }

    /**
     * Answers one question.
     *
     * @param coverage the share of the relevance at which the choice of evidence ends, 0 to 1; null: the bundle's.
     * @param tokenBudget most tokens of evidence, though the most relevant region always enters; null: the bundle's.
     * @throws InstructionException the question is empty or too long.
     * @throws OptionException a limit makes no sense, or the reader is closed.
     * @throws BackendException a stage's runtime is not here.
     * @throws BundleException a stage cannot be loaded.
     * @throws InferenceException a stage fails.
     * @throws CancelledException the caller cancelled.
     */
    @JvmOverloads
    public fun ask(
        question: String,
        coverage: Double? = null,
        tokenBudget: Int? = null,
        progress: Progress? = null,
        cancellation: Cancellation? = null,
    ): Answer {
        val asked = checkQuestion(question)
        val limits = engine.limits(coverage, tokenBudget)
        val work = Work(progress, cancellation)
        return engine.alone {
            work.check()
            val parameters = engine.manifest.host.selection
            val retrieved = retrieve(asked, pages, costs, engine.stages, limits, parameters, work)
            val answer = if (retrieved.found) {
                answer(asked, retrieved, limits, work)
            } else {
                nothing(retrieved, limits, legibility(Work(null, cancellation)), work)
            }
            doubted(answer, pages, asked)
        }
    }

    /**
     * Answers one question a field, in their order; the options are those of [ask].
     *
     * @throws OptionException there are no fields.
     */
    @JvmOverloads
    public fun extract(
        fields: Map<String, String>,
        coverage: Double? = null,
        tokenBudget: Int? = null,
        progress: Progress? = null,
        cancellation: Cancellation? = null,
    ): Map<String, Answer> {
        if (fields.isEmpty()) throw OptionException("There are no fields to extract: name at least one with its question.")
        return fields.mapValues { ask(it.value, coverage, tokenBudget, progress, cancellation) }
    }

    /** Reads everything: the transcriptions row by row in reading order, without those of no text. */
    @JvmOverloads
    public fun transcribe(progress: Progress? = null, cancellation: Cancellation? = null): List<List<String>> =
        engine.alone {
            refineMissing(regions.indices.toList(), Work(progress, cancellation))
            rows(regions.indices.toSet()).map { row -> row.map { it.text }.filter { it.isNotEmpty() } }
                .filter { it.isNotEmpty() }
        }

    private fun answer(question: String, retrieved: Retrieved, limits: Limits, work: Work): Answer {
        refineMissing(retrieved.indices, work)
        val evidence = fitting(retrieved, limits.tokenBudget)
        val rows = rows(evidence.mapTo(HashSet()) { it.index })
        val prompt = buildPrompt(engine.tokenizer, question, rows)
        val quotable = QuotableText.fromRows(rows, geometry, retrieved.relevance)
        val width = engine.manifest.width
        val visual = FloatArray(width * prompt.visualOrder.size)
        for ((slot, index) in prompt.visualOrder.withIndex()) {
            refined[index]!!.visual.copyInto(visual, slot * width)
        }
        val names = LongArray(prompt.visualOrder.size) { (serial shl 24) or prompt.visualOrder[it].toLong() }
        val generated = engine.generator.generate(prompt, visual, names, quotable, question, retrieved.nothing, work)
        val tokens = TokenCount(
            evidence = prompt.questionStart - prompt.prefixLength,
            visual = prompt.visualOrder.size,
            prompt = prompt.ids.size,
            answer = generated.logProbabilities.size,
            budget = limits.tokenBudget,
            pageEstimate = costs.sum(),
            dropped = retrieved.leftOut + retrieved.indices.size - evidence.size,
        )
        val weights = engine.manifest.confidence
        return answered(generated, evidence, retrieved, tokens, work.timings, weights)
    }

    private fun nothing(retrieved: Retrieved, limits: Limits, legible: Double, work: Work): Answer {
        val tokens = TokenCount(0, 0, 0, 0, limits.tokenBudget, costs.sum(), 0)
        return nothingFound(retrieved, legible, tokens, work.timings, engine.manifest.confidence)
    }

    /** The mean probability of the characters of a few long lines, for where nothing was read. */
    private fun legibility(work: Work): Double {
        val lines = regions.indices.sortedByDescending { textWidth(regions[it].quad.toDoubles()) }.take(LINES)
        refineMissing(lines, work)
        return meanProbability(lines.map { refined[it]!!.transcription.probabilities })
    }

    /** Reads these regions at full resolution, unless they were read before. */
    private fun refineMissing(indices: List<Int>, work: Work) {
        val missing = indices.filter { refined[it] == null }
        if (missing.isEmpty()) return
        work.timed("refine") {
            var done = 0
            for (page in pages) {
                val end = page.first + page.regions.size
                val places = missing.filter { it in page.first until end }.map { it - page.first }
                val widths = engine.manifest.host.refineWidths
                val characters = engine.characters.getValue("refine")
                refine(
                    engine.stages, page.page, page.flat, places, page.layout.geometry, characters, widths, work,
                ) { place, read ->
                    refined[page.first + place] = read
                    work.report(Step.REFINE, ++done, missing.size)
                }
            }
        }
    }

    /** The chosen regions that fit the budget now that their text is known, in reading order. */
    private fun fitting(retrieved: Retrieved, budget: Int): List<ReadRegion> {
        val kept = ArrayList<Int>()
        var spent = 0
        for (index in retrieved.indices.sortedByDescending { retrieved.relevance[it] }) {
            var cost = regionCost(engine.tokenizer, refined[index]!!.transcription.text)
            if (kept.isNotEmpty() && kept.all { pageOf[it] != pageOf[index] }) cost += PAGE_LINE
            if (kept.isNotEmpty() && spent + cost > budget) break
            kept.add(index)
            spent += cost
        }
        return kept.sorted().map { index ->
            val relevance = retrieved.relevance[index].toDouble()
            val page = pages[pageOf[index]]
            ReadRegion(index, regions[index], pageOf[index], relevance, refined[index]!!.transcription) { start, end ->
                page.part(index - page.first, start, end)
            }
        }
    }

    /** The kept regions row by row, as the prompt shows them. */
    private fun rows(kept: Set<Int>): List<List<Piece>> = pages.flatMapIndexed { number, page ->
        page.layout.rows.map { row ->
            row.filter { page.first + it in kept }.map { place ->
                Piece(
                    page.first + place,
                    refined[page.first + place]!!.transcription.text,
                    number,
                    page.layout.cell[place],
                    page.layout.table[place],
                )
            }
        }
    }
}
