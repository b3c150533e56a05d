package org.pinpoint.edge.generation

import java.io.Closeable
import kotlin.math.ln
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Step
import org.pinpoint.edge.Work
import org.pinpoint.edge.bundle.NotFoundPrior
import org.pinpoint.edge.runtime.KvCache

/** Tokens that are read at once. */
private const val CHUNK = 64
private const val CAPACITY_STEP = 512

/** Tokens that a cache may grow to, where its graph does not say. */
internal const val MAX_CONTEXT = 4096
internal const val MAX_ANSWER = 96

/** Log odds to add to "not found", given the aligner's probability that nothing answers. */
internal fun notFoundBias(nothing: Double, prior: NotFoundPrior): Double {
    val likely = nothing.coerceIn(1e-6, 1 - 1e-6)
    val odds = ln(likely / (1 - likely)) - ln(prior.share / (1 - prior.share))
    return odds.coerceIn(-prior.limit, prior.limit)
}

/**
 * The language model of one bundle with its cache: prefill in chunks, then steps.
 *
 * The cache keeps what it read last. Of a new prompt that begins alike, whole chunks are kept: a token is always read in
 * the same chunk, so an answer never depends on what was asked before.
 *
 * @property context most tokens that the cache may grow to.
 */
internal class Generator(
    private val tokenizer: Tokenizer,
    private val capacity: Int,
    val context: Int,
    private val prior: NotFoundPrior,
    private val makeCache: (Int) -> KvCache,
) : Closeable {
    private val table = TokenTable(tokenizer.bytesTable, tokenizer.controlId(END))
    private var cache: KvCache? = null
    private var held = LongArray(0)

    /**
     * Reads the prompt and decodes an answer.
     *
     * [visual]: the visual tokens in the prompt's order, one after another; [names]: of each, equal names mean equal
     * vectors; [nothing]: the aligner's probability that nothing answers.
     */
    fun generate(
        prompt: Prompt,
        visual: FloatArray,
        names: LongArray,
        quotable: QuotableText,
        question: String,
        nothing: Double,
        work: Work,
    ): ConstrainedAnswer {
        val vocabulary = tokenizer.vocabulary
        val keys = LongArray(prompt.ids.size) { i ->
            val id = prompt.ids[i]
            if (id < vocabulary) id.toLong() else -1 - names[id - vocabulary]
        }
        val cache = work.timed("prefill") { cacheFor(keys.size + MAX_ANSWER) }
        val first = work.timed("prefill") {
            // The last id is always read anew: its logits are wanted.
            val kept = commonLength(keys, keys.size - 1, held) / CHUNK * CHUNK
            held = held.copyOf(kept)
            cache.truncate(kept)
            val logits = read(cache, prompt.ids, kept, visual, work)
            held = keys
            logits
        }
        return work.timed("decode") {
            val automaton = Automaton(table, quotable, question)
            var count = 0
            decodeConstrained(first, automaton, MAX_ANSWER, notFoundBias(nothing, prior)) { token ->
                work.check()
                work.report(Step.DECODE, ++count, MAX_ANSWER)
                cache.run(intArrayOf(token), visual)
            }
        }
    }

    private fun read(cache: KvCache, ids: IntArray, kept: Int, visual: FloatArray, work: Work): FloatArray {
        var logits = FloatArray(0)
        for (start in kept until ids.size step CHUNK) {
            work.check()
            val end = min(start + CHUNK, ids.size)
            logits = cache.run(ids.copyOfRange(start, end), visual)
            work.report(Step.PREFILL, end, ids.size)
        }
        return logits
    }

    private fun cacheFor(needed: Int): KvCache {
        cache?.let { if (it.capacity >= needed) return it }
        close()
        val steps = (needed + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP
        return makeCache(max(capacity, min(steps, context))).also { cache = it }
    }

    /** Frees the cache and its session. */
    override fun close() {
        cache?.close()
        cache = null
        held = LongArray(0)
    }
}

/** How many of the first [limit] items two lists begin with alike. */
private fun commonLength(keys: LongArray, limit: Int, held: LongArray): Int {
    val most = min(limit, held.size)
    for (i in 0 until most) if (keys[i] != held[i]) return i
    return most
}
