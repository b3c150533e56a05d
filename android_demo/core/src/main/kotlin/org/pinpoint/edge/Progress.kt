package org.pinpoint.edge

/** The steps of the work, in the order in which a page and a question meet them. */
public enum class Step {
    /** A bundle's file is unpacked and checked. */
    UNPACK,

    /** Regions are found on the page. */
    DETECT,

    /** Regions are brought into reading order. */
    LAYOUT,

    /** Every region is read roughly. */
    GLANCE,

    /** Regions are scored against the question. */
    ALIGN,

    /** Chosen regions are read at full resolution. */
    REFINE,

    /** The language model reads the evidence. */
    PREFILL,

    /** The language model writes the answer. */
    DECODE,
}

/** Hears how far the work is; called in the thread that does it. */
public fun interface Progress {
    /** [done] of [all] parts of a step are done; bytes when unpacking, else pages, batches or tokens. */
    public fun onProgress(step: Step, done: Long, all: Long)
}

/**
 * Cancels work from another thread: hand it to a call, then [cancel] it.
 *
 * The call ends with [CancelledException] before its next run of a graph, after at most a few hundred milliseconds.
 */
public class Cancellation {
    @Volatile
    private var cancelled = false

    /** Whether [cancel] was called. */
    public val isCancelled: Boolean get() = cancelled

    /** Ends the call that this was handed to; it cannot be taken back. */
    public fun cancel() {
        cancelled = true
    }
}

/** What a call tells and obeys: its [Progress], its [Cancellation], the milliseconds of its steps. */
internal class Work(private val progress: Progress?, private val cancellation: Cancellation?) {
    val timings: LinkedHashMap<String, Double> = LinkedHashMap()

    /** Raises [CancelledException] when the caller cancelled. */
    fun check() {
        if (cancellation?.isCancelled == true) throw CancelledException()
    }

    fun report(step: Step, done: Int, all: Int) {
        progress?.onProgress(step, done.toLong(), all.toLong())
    }

    /** Adds the milliseconds of [block] to those of [step]. */
    inline fun <T> timed(step: String, block: () -> T): T {
        val start = System.nanoTime()
        try {
            return block()
        } finally {
            timings[step] = (timings[step] ?: 0.0) + (System.nanoTime() - start) / 1e6
        }
    }
}
