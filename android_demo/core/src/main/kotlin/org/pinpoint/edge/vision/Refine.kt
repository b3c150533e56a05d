package org.pinpoint.edge.vision

import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Work
import org.pinpoint.edge.runtime.Stages
import org.pinpoint.edge.runtime.Tensor

/** A region read at full resolution: its visual token (d_llm,) and its transcription. */
internal class Refined(val visual: FloatArray, val transcription: Transcription)

/** The best characters of each step that `refine` gives. */
private const val BEST = 4

/**
 * Reads regions of one page.
 *
 * [places]: those of [regions] to read; [geometry]: (N, 4) of all; [widths]: those of the stage, ascending;
 * [onRead] gets each of them with its place.
 */
internal fun refine(
    stages: Stages,
    pixels: Pixels,
    regions: List<Region>,
    places: List<Int>,
    geometry: FloatArray,
    characters: List<String>,
    widths: List<Int>,
    work: Work,
    onRead: (Int, Refined) -> Unit,
) {
    // Padding rounds results differently in their last digits. So a region's own width chooses its batch, not the
    // regions beside it: a transcription depends on nothing but the page.
    val groups = places.groupBy { place ->
        val used = cropWidth(regions[place].quad, REFINE_HEIGHT)
        widths.firstOrNull { used <= it } ?: widths.last()
    }
    for ((width, group) in groups) {
        val quads = group.map { regions[it].quad }
        for (batch in cropBatches(pixels, quads, REFINE_HEIGHT, listOf(width))) {
            work.check()
            val where = FloatArray(BATCH * 4)
            for ((slot, index) in batch.indices.withIndex()) {
                geometry.copyInto(where, slot * 4, group[index] * 4, group[index] * 4 + 4)
            }
            val seen = stages.run(
                "refine",
                mapOf(
                    "crops" to Tensor.Bytes(intArrayOf(BATCH, 3, REFINE_HEIGHT, width), batch.crops),
                    "geometry" to Tensor.Floats(intArrayOf(BATCH, 4), where),
                    "widths" to Tensor.Ints(intArrayOf(BATCH), batch.used),
                ),
            )
            val visual = seen.getValue("visual") as Tensor.Floats
            val classes = seen.getValue("classes") as Tensor.Ints
            val likely = (seen.getValue("probabilities") as Tensor.Floats).data
            val frames = classes.shape[1]
            val size = visual.shape[1]
            for ((slot, index) in batch.indices.withIndex()) {
                val used = batch.used[slot].toDouble() / width
                val line = decodeCtc(classes.data, likely, slot * frames * BEST, frames, BEST, characters, used)
                onRead(group[index], Refined(visual.data.copyOfRange(slot * size, (slot + 1) * size), line))
            }
        }
    }
}
