package org.pinpoint.edge.vision

import kotlin.math.ceil
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.BundleException

private const val BLANK = 0

/**
 * The text read in a crop.
 *
 * @property probabilities one a code point, 0 to 1.
 * @property starts where each code point begins, as a fraction of the crop's used width.
 * @property ends where it ends.
 */
internal class Transcription(
    val text: String,
    val probabilities: FloatArray,
    val starts: DoubleArray,
    val ends: DoubleArray,
)

/**
 * Reads the best class of each frame into a transcription: greedy CTC (docs/bundle.md, step 7).
 *
 * [classes], [probabilities]: of frame t at index `offset + t * stride`; probabilities null for 1 everywhere. [used]:
 * fraction of the frames that the crop covers, in (0, 1].
 */
internal fun decodeCtc(
    classes: IntArray,
    probabilities: FloatArray?,
    offset: Int,
    frames: Int,
    stride: Int,
    characters: List<String>,
    used: Double,
): Transcription {
    val length = frames * used // of the crop, in frames
    val count = min(ceil(length).toInt(), frames)
    val first = IntArray(count)
    val stop = IntArray(count)
    var runs = 0
    var at = 0
    while (at < count) {
        val own = classes[offset + at * stride]
        val start = at
        while (at < count && classes[offset + at * stride] == own) at++
        if (own == BLANK) continue
        if (own < 0 || own >= characters.size) {
            throw BundleException(
                "The recogniser gave class $own, but the character list has ${characters.size} entries; " +
                    "use the character list that was exported with this stage.",
            )
        }
        first[runs] = start
        stop[runs++] = at
    }
    val edges = edges(first, stop, runs, length)
    val text = StringBuilder()
    val likely = ArrayList<Float>()
    val starts = ArrayList<Double>()
    val ends = ArrayList<Double>()
    for (run in 0 until runs) {
        val symbol = characters[classes[offset + first[run] * stride]]
        text.append(symbol)
        var peak = if (probabilities == null) 1f else 0f
        if (probabilities != null) {
            peak = probabilities[offset + first[run] * stride]
            for (t in first[run] until stop[run]) peak = max(peak, probabilities[offset + t * stride])
        }
        val points = symbol.codePointCount(0, symbol.length)
        val step = (edges[run + 1] - edges[run]) / max(points, 1)
        for (n in 0 until points) {
            likely.add(peak)
            starts.add(edges[run] + step * n)
            // The last one ends where the next symbol begins, to the last digit.
            ends.add(if (n == points - 1) edges[run + 1] else edges[run] + step * (n + 1))
        }
    }
    return Transcription(text.toString(), likely.toFloatArray(), starts.toDoubleArray(), ends.toDoubleArray())
}

/** Where runs begin and end, as fractions of a crop that is [length] frames wide. */
private fun edges(first: IntArray, stop: IntArray, runs: Int, length: Double): DoubleArray {
    if (runs < 2) return doubleArrayOf(0.0, 1.0)
    val edges = DoubleArray(runs + 1)
    for (run in 1 until runs) edges[run] = (stop[run - 1] + first[run]) / 2.0
    // The mirror image of the inner border in the middle of the run.
    edges[0] = max(0.0, first[0] + stop[0] - edges[1])
    edges[runs] = min(length, first[runs - 1] + stop[runs - 1] - edges[runs - 1])
    for (i in edges.indices) edges[i] = min(edges[i] / length, 1.0)
    return edges
}
