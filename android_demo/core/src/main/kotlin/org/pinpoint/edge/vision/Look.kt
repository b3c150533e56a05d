package org.pinpoint.edge.vision

import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Step
import org.pinpoint.edge.Work
import org.pinpoint.edge.runtime.Stages
import org.pinpoint.edge.runtime.Tensor
import org.pinpoint.edge.vision.layout.Layout
import org.pinpoint.edge.vision.layout.layOut

/**
 * A page after detect, layout and glance.
 *
 * @property regions in reading order.
 * @property features of glance, (N, 4, 96).
 * @property readings rough ones, of each region.
 * @property first the first region's index among those of the whole document.
 */
internal class LookedPage(
    val pixels: Pixels,
    val regions: List<Region>,
    val layout: Layout,
    val features: FloatArray,
    val readings: List<String>,
    val first: Int,
)

/** Values of the features of one region. */
internal const val FEATURES = 4 * 96

/** Finds a page's regions, orders them, and glances at each of them. [characters]: the classes of the glance encoder. */
internal fun look(
    pixels: Pixels,
    stages: Stages,
    characters: List<String>,
    readingOrder: String,
    first: Int,
    work: Work,
): LookedPage {
    work.report(Step.DETECT, 0, 1)
    val (found, canvas) = work.timed("detect") { detect(stages, pixels, work) }
    work.report(Step.DETECT, 1, 1)
    val (regions, layout) = work.timed("layout") {
        layOut(found, canvas, pixels.width, pixels.height, readingOrder)
    }
    work.report(Step.LAYOUT, 1, 1)
    val features = FloatArray(regions.size * FEATURES)
    val readings = Array(regions.size) { "" }
    work.timed("glance") { glance(stages, pixels, regions, characters, features, readings, work) }
    return LookedPage(pixels, regions, layout, features, readings.asList(), first)
}

/** The regions of a page, text lines and elements, with the canvas that they were found on. */
internal fun detect(stages: Stages, pixels: Pixels, work: Work): Pair<List<Region>, Canvas> {
    val canvas = fitCanvas(pixels)
    val height = canvas.image.height
    val width = canvas.image.width
    work.check()
    val image = Tensor.Bytes(intArrayOf(1, 3, height, width), canvas.image.planes())
    val maps = stages.run("detect", mapOf("image" to image))
    val textMap = Plane(width, height, (maps.getValue("text_map") as Tensor.Floats).data)
    val found = findRegions(textMap, canvas.scale, pixels.width, pixels.height)
    // A bundle without a head for elements has none.
    val marks = (maps["mark_map"] as Tensor.Floats?)?.data ?: return found to canvas
    val size = (width / STRIDE) * (height / STRIDE)
    val planes = PLANES.indices.map { Plane(width / STRIDE, height / STRIDE, marks, it * size) }
    val elements = findElements(planes, canvas.scale / STRIDE, pixels.width, pixels.height)
    return joined(found, seeTicks(pixels, elements)) to canvas
}

private fun glance(
    stages: Stages,
    pixels: Pixels,
    regions: List<Region>,
    characters: List<String>,
    features: FloatArray,
    readings: Array<String>,
    work: Work,
) {
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
            val kind = regions[index].kind
            readings[index] = if (kind != TEXT) {
                kind
            } else {
                decodeCtc(classes.data, null, slot * frames, frames, 1, characters, 1.0).text
            }
        }
        done += batch.indices.size
        work.report(Step.GLANCE, done, regions.size)
    }
}
