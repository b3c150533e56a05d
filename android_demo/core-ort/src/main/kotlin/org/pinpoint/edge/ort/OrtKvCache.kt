package org.pinpoint.edge.ort

import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtSession
import ai.onnxruntime.TensorInfo
import java.nio.FloatBuffer
import java.nio.IntBuffer
import org.pinpoint.edge.runtime.KvCache
import org.pinpoint.edge.runtime.RunnerException
import org.pinpoint.edge.runtime.StageFile

/** The state tensor `key_0` has the output `next_key_0`. */
private const val STATE_PREFIX = "next_"

/**
 * A decode stage whose keys and values live in one buffer a tensor, updated in place.
 *
 * Past and present are bound to the same memory, which GroupQueryAttention then only appends to.
 */
internal class OrtKvCache(
    private val stage: StageFile,
    private val session: OrtSession,
    override val capacity: Int,
) : KvCache {
    override var length = 0
        private set

    private val width: Int
    private val logits: FloatArray
    private val logitsBuffer: FloatBuffer
    private val states = LinkedHashMap<String, OnnxTensor>()
    private val outputs = LinkedHashMap<String, OnnxTensor>()

    init {
        try {
            val names = session.inputNames.filter { STATE_PREFIX + it in session.outputNames }
            if (names.isEmpty() || !session.inputNames.containsAll(listOf("ids", "visual", "position"))) {
                throw RunnerException(
                    "${stage.file.name}: this is no decode stage: it needs ids, visual, position and states.",
                )
            }
            width = sizes(session.inputInfo.getValue("visual").info as TensorInfo)[1].toInt()
            val vocabulary = sizes(session.outputInfo.getValue("logits").info as TensorInfo)[1]
            logits = FloatArray(vocabulary.toInt())
            logitsBuffer = direct(4 * logits.size).asFloatBuffer()
            val environment = OrtRunner.environment
            outputs["logits"] = OnnxTensor.createTensor(environment, logitsBuffer, longArrayOf(1, vocabulary))
            for (name in names) {
                val shape = sizes(session.inputInfo.getValue(name).info as TensorInfo)
                val count = shape.fold(1L) { all, size -> all * size }
                val tensor = OnnxTensor.createTensor(environment, direct((4 * count).toInt()).asFloatBuffer(), shape)
                states[name] = tensor
                outputs[STATE_PREFIX + name] = tensor
            }
        } catch (error: Throwable) {
            close()
            throw error
        }
    }

    /** The sizes of a tensor, the free one being the capacity. */
    private fun sizes(info: TensorInfo) = LongArray(info.shape.size) { i ->
        if (info.shape[i] < 0) capacity.toLong() else info.shape[i]
    }

    override fun run(ids: IntArray, visual: FloatArray): FloatArray = guarded(stage) {
        val environment = OrtRunner.environment
        val feeds = LinkedHashMap<String, OnnxTensor>(states)
        val own = ArrayList<OnnxTensor>(3)
        fun feed(name: String, tensor: OnnxTensor) {
            own.add(tensor)
            feeds[name] = tensor
        }
        try {
            feed("ids", OnnxTensor.createTensor(environment, IntBuffer.wrap(ids), longArrayOf(1, ids.size.toLong())))
            // The graph gathers from at least a row.
            val rows = if (visual.isEmpty()) FloatArray(width) else visual
            val shape = longArrayOf(rows.size.toLong() / width, width.toLong())
            feed("visual", OnnxTensor.createTensor(environment, FloatBuffer.wrap(rows), shape))
            feed("position", OnnxTensor.createTensor(environment, IntBuffer.wrap(intArrayOf(length)), longArrayOf(1)))
            session.run(feeds, outputs).close()
        } finally {
            own.forEach { it.close() }
        }
        length += ids.size
        logitsBuffer.rewind()
        logitsBuffer.get(logits)
        logits
    }

    override fun truncate(length: Int) {
        if (length < 0 || length > this.length) {
            throw RunnerException("${stage.file.name}: a cache of ${this.length} tokens cannot be cut to $length.")
        }
        this.length = length
    }

    override fun close() {
        outputs.values.forEach { it.close() }
        outputs.clear()
        states.clear()
        session.close()
    }
}
