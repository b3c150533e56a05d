package org.pinpoint.edge.runtime

import java.io.Closeable
import org.pinpoint.edge.BackendException
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.CapacityException
import org.pinpoint.edge.InferenceException
import org.pinpoint.edge.bundle.Bundle

/** The stages of a bundle, loaded on first use; failures become the library's errors. */
internal class Stages(private val bundle: Bundle, private val runner: Runner) : Closeable {
    private val sessions = HashMap<String, Session>()

    /** Runs a stage. */
    fun run(stage: String, inputs: Map<String, Tensor>): Map<String, Tensor> {
        val session = sessions.getOrPut(stage) { loading(stage) { runner.open(bundle.stageFile(stage)) } }
        return running(stage) { session.run(inputs) }
    }

    /** The decode stage with an empty cache of [capacity] tokens or more. */
    fun openCache(capacity: Int): KvCache {
        val cache = loading("decode") { runner.openCache(bundle.stageFile("decode"), capacity) }
        return StageCache(cache)
    }

    /** A fixed size of an input, by the manifest. */
    fun size(stage: String, input: String, axis: Int): Int =
        bundle.stageFile(stage).inputs.first { it.name == input }.shape[axis]
            ?: throw BundleException("Stage $stage: the size $axis of $input is not fixed; export the bundle again.")

    override fun close() {
        sessions.values.forEach { it.close() }
        sessions.clear()
    }
}

private class StageCache(private val cache: KvCache) : KvCache {
    override val capacity: Int get() = cache.capacity
    override val length: Int get() = cache.length

    override fun run(ids: IntArray, visual: FloatArray): FloatArray {
        if (cache.length + ids.size > cache.capacity) {
            throw CapacityException(
                "Stage decode is full: ${cache.length} of ${cache.capacity} tokens are taken, ${ids.size} more do " +
                    "not fit; ask a shorter question or give a smaller token budget.",
            )
        }
        return running("decode") { cache.run(ids, visual) }
    }

    override fun truncate(length: Int) = running("decode") { cache.truncate(length) }

    override fun close() = cache.close()
}

private inline fun <T> loading(stage: String, block: () -> T): T = try {
    block()
} catch (error: RunnerException) {
    if (error.missing) throw BackendException(error.message.orEmpty(), error)
    throw BundleException("Stage $stage cannot be loaded: ${error.message}", error)
} catch (error: OutOfMemoryError) {
    throw InferenceException(
        "Stage $stage cannot be loaded: there is no memory left; close other apps, or take a bundle of smaller weights.",
        error,
    )
}

private inline fun <T> running(stage: String, block: () -> T): T = try {
    block()
} catch (error: RunnerException) {
    if (error.missing) throw BackendException(error.message.orEmpty(), error)
    throw InferenceException("Stage $stage failed: ${error.message}", error)
} catch (error: OutOfMemoryError) {
    throw InferenceException(
        "Stage $stage failed: there is no memory left; close other apps, or read smaller pages.",
        error,
    )
}
