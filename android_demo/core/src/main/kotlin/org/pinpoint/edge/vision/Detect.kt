package org.pinpoint.edge.vision

import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Work
import org.pinpoint.edge.runtime.Stages
import org.pinpoint.edge.runtime.Tensor

/** What was found on a page: regions, the canvas that was looked at, and the components of its text map. */
internal class Detected(val regions: List<Region>, val canvas: Canvas, val components: List<Component>)

/** Finds the regions of a page. */
internal fun detect(stages: Stages, pixels: Pixels, work: Work): Detected {
    val long = isLong(pixels.width, pixels.height)
    val canvas = if (long) fitLongCanvas(pixels) else fitCanvas(pixels)
    val seen = (if (long) partsOf(canvas.image) else listOf(canvas.image)).map { part ->
        work.check()
        val image = Tensor.Bytes(intArrayOf(1, 3, part.height, part.width), part.planes())
        (stages.run("detect", mapOf("image" to image)).getValue("text_map") as Tensor.Floats).data
    }
    val width = canvas.image.width
    val height = canvas.image.height
    val components = findText(if (long) joinedMap(seen, width, height) else Plane(width, height, seen[0]))
    return Detected(regionsOf(components, canvas.scale, pixels.width, pixels.height), canvas, components)
}
