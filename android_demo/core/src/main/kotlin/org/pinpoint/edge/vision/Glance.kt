package org.pinpoint.edge.vision

import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Step
import org.pinpoint.edge.Work
import org.pinpoint.edge.runtime.Stages
import org.pinpoint.edge.runtime.Tensor

/** Values of the features of one region. */
internal const val FEATURES = 4 * 96

/** The first cheap look at N regions: [features] (N, 4, 96) and rough [readings]. */
internal class Glance(val features: FloatArray, val readings: List<String>)

/** Looks at all regions of a page. [characters]: the classes of the glance encoder. */
internal fun glance(
    stages: Stages,
    pixels: Pixels,
    regions: List<Region>,
    characters: List<String>,
    work: Work,
): Glance {
    val features = FloatArray(regions.size * FEATURES)
    val readings = Array(regions.size) { "" }
    val grey = pixels.toGrey()
    val height = stages.size("glance", "crops", 2)
    var done = 0
    for (batch in cropBatches(grey, regions.map { it.quad }, height, glanceWidths(height))) {
        work.check()
        val seen = stages.run(
            "glance",
            mapOf(
                "crops" to Tensor.Bytes(intArrayOf(BATCH, 1, height, batch.width), batch.crops),
                "widths" to Tensor.Ints(intArrayOf(BATCH), batch.used),
            ),
        )
        val found = (seen.getValue("features") as Tensor.Floats).data
        val classes = seen.getValue("reading") as Tensor.Ints
        val frames = classes.shape[1]
        for ((slot, index) in batch.indices.withIndex()) {
            found.copyInto(features, index * FEATURES, slot * FEATURES, (slot + 1) * FEATURES)
            readings[index] = decodeCtc(classes.data, null, slot * frames, frames, 1, characters, 1.0).text
        }
        done += batch.indices.size
        work.report(Step.GLANCE, done, regions.size)
    }
    return Glance(features, readings.asList())
}
