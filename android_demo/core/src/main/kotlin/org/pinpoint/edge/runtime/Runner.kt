package org.pinpoint.edge.runtime

import java.io.Closeable
import java.io.File

/** An array that a stage takes or gives: rows first. */
public sealed class Tensor {
    /** The size of each dimension. */
    public abstract val shape: IntArray

    /** `uint8` values. */
    public class Bytes(override val shape: IntArray, public val data: ByteArray) : Tensor()

    /** `int32` values. */
    public class Ints(override val shape: IntArray, public val data: IntArray) : Tensor()

    /** `float32` values. */
    public class Floats(override val shape: IntArray, public val data: FloatArray) : Tensor()
}

/** A tensor of a stage: its name, its dtype as the manifest writes it, and its shape, where null is a free size. */
public class TensorSpec(public val name: String, public val dtype: String, public val shape: List<Int?>)

/** One stage of a bundle as a runner finds it. */
public class StageFile(
    /** detect, glance, align, refine or decode. */
    public val stage: String,
    /** The graph; weights that it refers to lie beside it. */
    public val file: File,
    /** Its inputs. */
    public val inputs: List<TensorSpec>,
    /** Its outputs. */
    public val outputs: List<TensorSpec>,
)

/** A loaded stage. One thread at a time uses it. */
public interface Session : Closeable {
    /** Runs the stage; raises [RunnerException]. */
    public fun run(inputs: Map<String, Tensor>): Map<String, Tensor>
}

/** A loaded decode stage with the keys and values of what it read. One thread at a time uses it. */
public interface KvCache : Closeable {
    /** Tokens that it holds. */
    public val capacity: Int

    /** Tokens that it has read. */
    public val length: Int

    /**
     * Reads tokens behind those that are there.
     *
     * [ids]: below the vocabulary of text, from it on rows of [visual]; [visual]: visual tokens one after another, none
     * when empty. Returns the logits of the token after the last; the array may be overwritten by the next call. Raises
     * [RunnerException].
     */
    public fun run(ids: IntArray, visual: FloatArray): FloatArray

    /** Forgets the tokens from [length] on. */
    public fun truncate(length: Int)
}

/** What runs the graphs of a bundle: ONNX Runtime, ExecuTorch or another. */
public interface Runner {
    /** The targets whose stages it runs, such as `onnx`. */
    public val targets: Set<String>

    /** Loads a stage; raises [RunnerException]. */
    public fun open(stage: StageFile): Session

    /** Loads the decode stage with an empty cache of [capacity] tokens or more; raises [RunnerException]. */
    public fun openCache(stage: StageFile, capacity: Int): KvCache
}

/** A runner's failure; the reader turns it into an error of its own that names the stage. */
public class RunnerException(
    message: String,
    cause: Throwable? = null,
    /** Whether something that the runner needs is not on this device. */
    public val missing: Boolean = false,
) : Exception(message, cause)
