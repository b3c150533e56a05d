package org.pinpoint.edge

import org.pinpoint.edge.generation.END
import org.pinpoint.edge.generation.goldenTokenizer
import org.pinpoint.edge.runtime.KvCache
import org.pinpoint.edge.runtime.Runner
import org.pinpoint.edge.runtime.RunnerException
import org.pinpoint.edge.runtime.Session
import org.pinpoint.edge.runtime.StageFile
import org.pinpoint.edge.runtime.Tensor

/**
 * Stages that follow simple rules: dark pixels of the page are text, each line is read as "Total 7", the relevance is given,
 * and the language model wants [wanted].
 */
internal class FakeRunner(private val relevance: Float = 4f, var wanted: String = "7") : Runner {
    override val targets: Set<String> = setOf("fake")

    /** Runs of each stage; decode counts tokens. */
    val runs = HashMap<String, Int>()

    /** Called before each run of a stage. */
    var onRun: (String) -> Unit = {}

    /** The probability of each character that is read. */
    var legible = 0.95f

    /** Heights and widths of the crops of each stage. */
    val crops = HashMap<String, MutableSet<List<Int>>>()

    /** Open sessions. */
    var open = 0

    private fun ran(stage: String, count: Int = 1) {
        onRun(stage)
        runs[stage] = (runs[stage] ?: 0) + count
    }

    override fun open(stage: StageFile): Session = object : Session {
        init {
            open++
        }

        override fun run(inputs: Map<String, Tensor>): Map<String, Tensor> {
            ran(stage.stage)
            inputs["crops"]?.let { crops.getOrPut(stage.stage, ::HashSet).add(it.shape.drop(2)) }
            return when (stage.stage) {
                "detect" -> detect(inputs.getValue("image") as Tensor.Bytes)
                "glance" -> glance(inputs.getValue("crops").shape[3])
                "align" -> align(inputs.getValue("mask") as Tensor.Floats)
                else -> refine(inputs.getValue("crops").shape[3])
            }
        }

        override fun close() {
            open--
        }
    }

    private fun detect(image: Tensor.Bytes): Map<String, Tensor> {
        val size = image.shape[2] * image.shape[3]
        val map = FloatArray(size) { if ((image.data[it].toInt() and 255) < 128) 0.9f else 0f }
        return mapOf("text_map" to Tensor.Floats(intArrayOf(1, 1, image.shape[2], image.shape[3]), map))
    }

    private fun glance(width: Int) = mapOf(
        "features" to Tensor.Floats(intArrayOf(8, 4, 96), FloatArray(8 * 384)),
        "reading" to Tensor.Ints(intArrayOf(8, width / 4), IntArray(8 * width / 4) { if (it % 4 == 1) 1 else 0 }),
    )

    private fun align(mask: Tensor.Floats): Map<String, Tensor> {
        val size = mask.shape[0]
        val values = FloatArray(size + 1) { if (it < size) relevance - it else 0f }
        return mapOf("relevance" to Tensor.Floats(intArrayOf(size + 1), values))
    }

    private fun refine(width: Int): Map<String, Tensor> {
        val frames = width / 8
        val line = intArrayOf(1, 2, 3, 4, 5, 6, 7) // "Total 7"
        val classes = IntArray(8 * frames * 4)
        for (slot in 0 until 8) for ((n, own) in line.withIndex()) classes[(slot * frames + n) * 4] = own
        return mapOf(
            "visual" to Tensor.Floats(intArrayOf(8, 4), FloatArray(32)),
            "classes" to Tensor.Ints(intArrayOf(8, frames, 4), classes),
            "probabilities" to Tensor.Floats(intArrayOf(8, frames, 4), FloatArray(classes.size) { legible }),
        )
    }

    override fun openCache(stage: StageFile, capacity: Int): KvCache = object : KvCache {
        private val tokenizer = goldenTokenizer()
        override val capacity = capacity
        override var length = 0
        private val read = ArrayList<Int>()

        init {
            open++
        }

        override fun run(ids: IntArray, visual: FloatArray): FloatArray {
            ran("decode", ids.size)
            if (length + ids.size > capacity) throw RunnerException("full")
            length += ids.size
            ids.forEach(read::add)
            val answer = tokenizer.encode(" $wanted").toList() + tokenizer.controlId(END)
            // What was read after the prompt's last id, ":", is the answer so far.
            val so = read.size - 1 - read.lastIndexOf(tokenizer.encode("Answer:").last())
            return FloatArray(tokenizer.vocabulary).also { it[answer.getOrElse(so) { answer.last() }] = 9f }
        }

        override fun truncate(length: Int) {
            this.length = length
            while (read.size > length) read.removeAt(read.size - 1)
        }

        override fun close() {
            open--
        }
    }
}

/** A white page with dark bars for lines of text. */
internal fun barred(lines: Int, width: Int = 400, height: Int = 500): Pixels {
    val data = ByteArray(width * height * 3) { -1 }
    for (line in 0 until lines) {
        for (y in 30 + 40 * line until 46 + 40 * line) {
            data.fill(0, (y * width + 40) * 3, (y * width + 200) * 3)
        }
    }
    return Pixels(width, height, 3, data)
}
