package org.pinpoint.edge.ort

import ai.onnxruntime.OnnxJavaType
import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtSession
import ai.onnxruntime.TensorInfo
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.FloatBuffer
import java.nio.IntBuffer
import org.pinpoint.edge.runtime.RunnerException
import org.pinpoint.edge.runtime.Session
import org.pinpoint.edge.runtime.StageFile
import org.pinpoint.edge.runtime.Tensor

/** A stage in an .onnx file. */
internal class OrtStage(private val stage: StageFile, private val session: OrtSession) : Session {
    override fun run(inputs: Map<String, Tensor>): Map<String, Tensor> = guarded(stage) {
        val feeds = LinkedHashMap<String, OnnxTensor>()
        try {
            for ((name, tensor) in inputs) if (name in session.inputNames) feeds[name] = tensor.toOnnx()
            session.run(feeds).use { result ->
                result.associate { (name, value) -> name to (value as OnnxTensor).toTensor(stage, name) }
            }
        } finally {
            feeds.values.forEach { it.close() }
        }
    }

    override fun close(): Unit = session.close()
}

/** A direct buffer in the order of this machine. */
internal fun direct(bytes: Int): ByteBuffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())

internal fun Tensor.toOnnx(): OnnxTensor {
    val environment = OrtRunner.environment
    val sizes = LongArray(shape.size) { shape[it].toLong() }
    return when (this) {
        is Tensor.Bytes -> {
            val buffer = direct(data.size)
            buffer.put(data).rewind()
            OnnxTensor.createTensor(environment, buffer, sizes, OnnxJavaType.UINT8)
        }
        is Tensor.Ints -> OnnxTensor.createTensor(environment, IntBuffer.wrap(data), sizes)
        is Tensor.Floats -> OnnxTensor.createTensor(environment, FloatBuffer.wrap(data), sizes)
    }
}

private fun OnnxTensor.toTensor(stage: StageFile, name: String): Tensor {
    val info = info as TensorInfo
    val shape = IntArray(info.shape.size) { info.shape[it].toInt() }
    return when (info.type) {
        OnnxJavaType.FLOAT -> Tensor.Floats(shape, floatBuffer.array())
        OnnxJavaType.INT32 -> Tensor.Ints(shape, intBuffer.array())
        else -> throw RunnerException("${stage.file.name}: the output $name is ${info.type}, which no stage gives.")
    }
}
