package org.pinpoint.edge.executorch

import org.pinpoint.edge.runtime.KvCache
import org.pinpoint.edge.runtime.Runner
import org.pinpoint.edge.runtime.RunnerException
import org.pinpoint.edge.runtime.Session
import org.pinpoint.edge.runtime.StageFile
import org.pinpoint.edge.runtime.Tensor
import org.pytorch.executorch.EValue
import org.pytorch.executorch.Module
import org.pytorch.executorch.Tensor as EtTensor

/** Tokens that are read at once; what is left over is filled up when it is [FILLED] rows or more. */
private const val CHUNK = 64
private const val FILLED = 5

/**
 * Runs bundles of the target `executorch` on ExecuTorch's Java API.
 *
 * It compiles against that API and follows docs/bundle.md; it was never run, for want of an Android device.
 */
public class ExecutorchRunner : Runner {
    override val targets: Set<String> = setOf("executorch")

    override fun open(stage: StageFile): Session = guarded(stage) { EtStage(stage, load(stage)) }

    override fun openCache(stage: StageFile, capacity: Int): KvCache = guarded(stage) {
        EtKvCache(stage, load(stage), capacity)
    }

    private fun load(stage: StageFile): Module = Module.load(stage.file.path, Module.LOAD_MODE_MMAP)
}

private inline fun <T> guarded(stage: StageFile, block: () -> T): T = try {
    block()
} catch (error: LinkageError) {
    throw RunnerException("ExecuTorch's native library does not load here: ${error.message}", error, missing = true)
} catch (error: RuntimeException) {
    throw RunnerException("${stage.file.name}: ExecuTorch: ${error.message}", error)
}

/** A stage in a .pte file, one method a size. */
private class EtStage(private val stage: StageFile, private val module: Module) : Session {
    private val methods = module.methods.toSet()

    override fun run(inputs: Map<String, Tensor>): Map<String, Tensor> = guarded(stage) {
        val values = stage.inputs.map { spec ->
            val tensor = inputs[spec.name]
                ?: throw RunnerException("${stage.file.name}: the input ${spec.name} is missing.")
            EValue.from(tensor.toExecutorch())
        }
        val results = module.execute(methodFor(inputs), *values.toTypedArray())
        stage.outputs.withIndex().associate { (i, spec) -> spec.name to results[i].toTensor().toTensor(spec.dtype) }
    }

    /** A method is named after its free sizes in the order of the inputs: `w128`, `N64`, `H960_W736`. */
    private fun methodFor(inputs: Map<String, Tensor>): String {
        val free = LinkedHashSet<Int>()
        for (spec in stage.inputs) {
            val shape = inputs.getValue(spec.name).shape
            spec.shape.forEachIndexed { i, size -> if (size == null) free.add(shape[i]) }
        }
        return methods.firstOrNull { name ->
            name.split('_').map { part -> part.dropWhile { !it.isDigit() } } == free.map { "$it" }
        } ?: "forward".takeIf { it in methods }
            ?: throw RunnerException("${stage.file.name} has no method for the sizes ${free.joinToString()}.")
    }

    override fun close(): Unit = module.close()
}

/** A decode stage that keeps its keys and values itself (`state`). */
private class EtKvCache(private val stage: StageFile, private val module: Module, least: Int) : KvCache {
    override val capacity: Int = least
    override var length: Int = 0
        private set
    private val width = stage.inputs.first { it.name == "visual" }.shape.last()
        ?: throw RunnerException("${stage.file.name}: the width of a visual token is not fixed.")
    private val vocabulary = stage.outputs.first { it.name == "logits" }.shape.last()
        ?: throw RunnerException("${stage.file.name}: the vocabulary is not fixed.")

    override fun run(ids: IntArray, visual: FloatArray): FloatArray = guarded(stage) {
        var logits = FloatArray(0)
        var at = 0
        while (at < ids.size) {
            val left = ids.size - at
            val fills = left in FILLED until CHUNK && length + CHUNK <= capacity
            val rows = if (left >= CHUNK || fills) CHUNK else 1
            val valid = minOf(rows, left)
            logits = step(ids.copyOfRange(at, at + valid), rows, visual)
            at += valid
            length += valid
        }
        logits
    }

    /** One run of [rows] rows, the first of them valid; visual tokens are numbered anew, those of the run alone. */
    private fun step(ids: IntArray, rows: Int, visual: FloatArray): FloatArray {
        val own = IntArray(rows)
        val tokens = FloatArray(rows * width)
        var used = 0
        for ((i, id) in ids.withIndex()) {
            if (id < vocabulary) {
                own[i] = id
                continue
            }
            val from = (id - vocabulary) * width
            visual.copyInto(tokens, used * width, from, from + width)
            own[i] = vocabulary + used++
        }
        val size = rows.toLong()
        val result = module.execute(
            if (rows == 1) "q1" else "q$CHUNK",
            EValue.from(EtTensor.fromBlob(own, longArrayOf(1, size))),
            EValue.from(EtTensor.fromBlob(tokens, longArrayOf(size, width.toLong()))),
            EValue.from(EtTensor.fromBlob(intArrayOf(length), longArrayOf(1))),
            EValue.from(EtTensor.fromBlob(intArrayOf(ids.size), longArrayOf(1))),
        )
        return result[0].toTensor().dataAsFloatArray
    }

    override fun truncate(length: Int) {
        this.length = length
    }

    override fun close(): Unit = module.close()
}

private fun Tensor.toExecutorch(): EtTensor {
    val sizes = LongArray(shape.size) { shape[it].toLong() }
    return when (this) {
        is Tensor.Bytes -> EtTensor.fromBlobUnsigned(data, sizes)
        is Tensor.Ints -> EtTensor.fromBlob(data, sizes)
        is Tensor.Floats -> EtTensor.fromBlob(data, sizes)
    }
}

private fun EtTensor.toTensor(dtype: String): Tensor {
    val sizes = shape()
    val shape = IntArray(sizes.size) { sizes[it].toInt() }
    return when (dtype) {
        "int32" -> Tensor.Ints(shape, dataAsIntArray)
        "float32" -> Tensor.Floats(shape, dataAsFloatArray)
        else -> throw RunnerException("An output of $dtype is none that a stage gives.")
    }
}
