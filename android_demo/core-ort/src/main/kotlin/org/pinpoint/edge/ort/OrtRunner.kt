package org.pinpoint.edge.ort

import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtException
import ai.onnxruntime.OrtLoggingLevel
import ai.onnxruntime.OrtProvider
import ai.onnxruntime.OrtSession
import ai.onnxruntime.providers.NNAPIFlags
import java.io.IOException
import java.io.RandomAccessFile
import java.nio.channels.FileChannel
import java.util.EnumSet
import org.pinpoint.edge.runtime.KvCache
import org.pinpoint.edge.runtime.Runner
import org.pinpoint.edge.runtime.RunnerException
import org.pinpoint.edge.runtime.Session
import org.pinpoint.edge.runtime.StageFile

/**
 * Runs bundles of the target `onnx` on ONNX Runtime's Java API.
 *
 * A graph is opened by its path, so that weights beside it are mapped, not read. The options are those of docs/bundle.md,
 * "Runtimes and systems".
 *
 * @param threads of one operator; 0: all physical cores. A phone is often fastest with the number of its big cores.
 * @param providers execution providers in order, by name: `NnapiExecutionProvider`, `XnnpackExecutionProvider`; what
 *   they do not take runs on the CPU. They may round differently: compare them with the golden pages first.
 */
public class OrtRunner @JvmOverloads constructor(
    private val threads: Int = 0,
    private val providers: List<String> = emptyList(),
) : Runner {
    override val targets: Set<String> = setOf("onnx")

    override fun open(stage: StageFile): Session = guarded(stage) {
        options(mapWeights = false).use { OrtStage(stage, environment.createSession(stage.file.path, it)) }
    }

    override fun openCache(stage: StageFile, capacity: Int): KvCache = guarded(stage) {
        val mapped = !computesInIntegers(stage)
        options(mapped).use { OrtKvCache(stage, environment.createSession(stage.file.path, it), capacity) }
    }

    private fun options(mapWeights: Boolean): OrtSession.SessionOptions {
        val options = OrtSession.SessionOptions()
        options.setIntraOpNumThreads(threads)
        options.setInterOpNumThreads(1)
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR)
        // The arena keeps the memory of a run until the session ends.
        options.setCPUArenaAllocator(mapWeights)
        for ((key, value) in CONFIG) options.addConfigEntry(key, value)
        // Packing copies every weight to the heap; unpacked ones stay pages of the mapped file.
        if (mapWeights) options.addConfigEntry("session.disable_prepacking", "1")
        for (provider in providers) add(options, provider)
        return options
    }

    private fun add(options: OrtSession.SessionOptions, provider: String) {
        val known = OrtEnvironment.getAvailableProviders().map { it.getName() }
        if (provider !in known) {
            throw RunnerException(
                "The execution provider $provider is not in this build of ONNX Runtime, which has " +
                    "${known.joinToString()}; leave it out, or take a build that has it.",
                missing = true,
            )
        }
        when (provider) {
            OrtProvider.NNAPI.getName() -> options.addNnapi(EnumSet.noneOf(NNAPIFlags::class.java))
            OrtProvider.XNNPACK.getName() -> options.addXnnpack(mapOf("intra_op_num_threads" to "$threads"))
            OrtProvider.CPU.getName() -> Unit
            else -> throw RunnerException("The execution provider $provider is none for phones.", missing = true)
        }
    }

    internal companion object {
        val environment: OrtEnvironment by lazy { OrtEnvironment.getEnvironment().apply { setTelemetry(false) } }

        private val CONFIG = mapOf(
            // A thread without work spins briefly, since the next operator comes in microseconds.
            "session.intra_op.spin_duration_us" to "50",
            // Folded constants lie on the heap: the view of a tied embedding would become a second copy there.
            "optimization.constant_folding_max_output_size_in_bytes" to "${8 shl 20}",
        )

        private val INTEGER_PRODUCT = "MatMulNBits".toByteArray()

        /** Whether a graph multiplies with integers, which is slow until they are packed. */
        private fun computesInIntegers(stage: StageFile): Boolean {
            RandomAccessFile(stage.file, "r").use { file ->
                val bytes = file.channel.map(FileChannel.MapMode.READ_ONLY, 0, file.length())
                val last = bytes.limit() - INTEGER_PRODUCT.size
                for (at in 0..last) if (INTEGER_PRODUCT.indices.all { bytes[at + it] == INTEGER_PRODUCT[it] }) return true
            }
            return false
        }
    }
}

/** Turns ONNX Runtime's failures and a missing file or library into [RunnerException]. */
internal inline fun <T> guarded(stage: StageFile, block: () -> T): T = try {
    block()
} catch (error: OrtException) {
    throw RunnerException("${stage.file.name}: ONNX Runtime: ${error.message}", error)
} catch (error: IOException) {
    throw RunnerException("${stage.file.name} cannot be read: ${error.message}", error)
} catch (error: LinkageError) {
    throw RunnerException("ONNX Runtime's native library does not load here: ${error.message}", error, missing = true)
}
