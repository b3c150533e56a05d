package org.pinpoint.edge.vision

import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Pixels

/** Sizes (height, width) of the detect image. */
internal val CANVASES: List<Pair<Int, Int>> = listOf(960 to 736, 736 to 960, 960 to 960, 960 to 480)
internal const val MAX_UPSCALE = 1.5

/** A larger canvas must gain this much scale before its extra pixels are worth their time. */
private const val CANVAS_GAIN = 1.05
private const val PAPER: Byte = -1

/**
 * A page fitted to one of [CANVASES] (docs/bundle.md, step 3), or to the parts of a long page.
 *
 * @property image RGB, the page at the top left on white.
 * @property scale canvas pixels per page pixel.
 * @property usedWidth canvas pixels that the page covers.
 * @property usedHeight likewise.
 */
internal class Canvas(val image: Pixels, val scale: Double, val usedWidth: Int, val usedHeight: Int) {
    /** The luma of the image. */
    val grey: Pixels by lazy(LazyThreadSafetyMode.NONE) { image.toGrey() }
}

/** Fits a page: the smallest of the canvases whose scale comes near the best. */
internal fun fitCanvas(page: Pixels): Canvas {
    fun scaleOf(canvas: Pair<Int, Int>) =
        min(min(canvas.first.toDouble() / page.height, canvas.second.toDouble() / page.width), MAX_UPSCALE)
    val best = CANVASES.maxOf(::scaleOf)
    val chosen = CANVASES.filter { scaleOf(it) * CANVAS_GAIN >= best }.minBy { it.first * it.second }
    val (height, width) = chosen
    return onCanvas(page, height, width, scaleOf(chosen))
}

/** Puts a page on a white canvas of this size, at this scale. */
internal fun onCanvas(page: Pixels, height: Int, width: Int, scale: Double): Canvas {
    val usedWidth = min(width, max(1, floor(page.width * scale + 0.5).toInt()))
    val usedHeight = min(height, max(1, floor(page.height * scale + 0.5).toInt()))
    val small = page.resized(usedWidth, usedHeight)
    val data = ByteArray(height * width * 3)
    data.fill(PAPER)
    for (y in 0 until usedHeight) {
        small.data.copyInto(data, y * width * 3, y * usedWidth * 3, (y + 1) * usedWidth * 3)
    }
    return Canvas(Pixels(width, height, 3, data), scale, usedWidth, usedHeight)
}

/** The planes (channels, height, width) of a picture, as the graphs take it. */
internal fun Pixels.planes(): ByteArray {
    if (channels == 1) return data
    val size = width * height
    val planes = ByteArray(size * channels)
    for (i in 0 until size) for (c in 0 until channels) planes[c * size + i] = data[i * channels + c]
    return planes
}
