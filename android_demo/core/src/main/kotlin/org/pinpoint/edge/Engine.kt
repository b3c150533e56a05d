package org.pinpoint.edge

import java.io.Closeable
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock
import org.pinpoint.edge.bundle.Bundle
import org.pinpoint.edge.generation.Generator
import org.pinpoint.edge.generation.MAX_CONTEXT
import org.pinpoint.edge.generation.Tokenizer
import org.pinpoint.edge.retrieval.Limits
import org.pinpoint.edge.runtime.Runner
import org.pinpoint.edge.runtime.Stages

/**
 * A loaded bundle: its stages, its tokenizer and characters, its language model; what the documents of one reader share.
 *
 * @property lock held while a page is looked at or a question answered: stages and cache serve one caller at a time.
 */
internal class Engine(val bundle: Bundle, runner: Runner) : Closeable {
    val manifest = bundle.manifest
    val stages = Stages(bundle, runner)
    val tokenizer = Tokenizer(bundle.file(manifest.tokenizer).readBytes(), manifest.tokenizer)
    val characters: Map<String, List<String>> = listOf("glance", "refine").associateWith(bundle::characters)
    val generator = Generator(
        tokenizer,
        manifest.kv.capacity,
        // A graph with its cache inside holds no more than that; others take what is needed.
        if (manifest.kv.form == "shared-buffer") MAX_CONTEXT else manifest.kv.capacity,
        manifest.notFound,
        stages::openCache,
    )
    private val lock = ReentrantLock(true)
    private var closed = false

    init {
        if (tokenizer.vocabulary != manifest.vocabulary) {
            throw BundleException(
                "The tokenizer has ${tokenizer.vocabulary} ids, the manifest says ${manifest.vocabulary}: export the " +
                    "bundle again.",
            )
        }
    }

    /** Runs [block] alone; raises [OptionException] after [close]. */
    fun <T> alone(block: () -> T): T = lock.withLock {
        if (closed) throw OptionException("The reader is closed: open the bundle again.")
        block()
    }

    /** The user's limits, or the bundle's; raises [OptionException] when out of range. */
    fun limits(coverage: Double?, tokenBudget: Int?): Limits {
        val chosen = coverage ?: manifest.coverage
        val budget = tokenBudget ?: manifest.defaultBudget
        if (!(chosen > 0.0 && chosen <= 1.0)) {
            throw OptionException("A coverage of $chosen makes no sense: give one in (0, 1].")
        }
        if (budget < 1 || budget > manifest.maximumBudget) {
            throw OptionException(
                "A token budget of $budget is not possible: this bundle takes 1 to ${manifest.maximumBudget}.",
            )
        }
        return Limits(chosen, budget)
    }

    /** Frees everything, after the call that runs. */
    override fun close(): Unit = lock.withLock {
        if (!closed) {
            closed = true
            generator.close()
            stages.close()
        }
    }
}
