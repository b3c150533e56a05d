package org.pinpoint.edge.vision

import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Pixels

/*
 * Long pages, such as receipts: looked at in parts that overlap, at one scale (docs/bundle.md, step 3b).
 */

/** Times as long as wide. */
private const val LONG = 4.5

/** (height, width) of the parts of a page that is long so. */
private val UPRIGHT = 960 to 480
private val LEVEL = 736 to 960

/** Canvas pixels that two parts share: more than any line of text is high. */
private const val OVERLAP = 128

/** Most parts. */
private const val MOST = 16

/** A part of a long canvas: it begins at [start] and is kept from [first] to [stop]. */
internal data class Part(val start: Int, val first: Int, val stop: Int)

/** Whether a page is looked at in parts. */
internal fun isLong(width: Int, height: Int): Boolean = max(width, height) > LONG * min(width, height)

/** Fits a long page by its short side, to a canvas as long as it needs. */
internal fun fitLongCanvas(page: Pixels): Canvas {
    val (height, width, scale) = longCanvas(page.width, page.height)
    return onCanvas(page, height, width, scale)
}

/** The height and width of a long page's canvas, and its scale. */
internal fun longCanvas(pageWidth: Int, pageHeight: Int): Triple<Int, Int, Double> {
    val upright = pageHeight > pageWidth
    val length = lengthOf(upright)
    val other = if (upright) UPRIGHT.second else LEVEL.first
    val long = max(pageWidth, pageHeight)
    val most = length + (MOST - 1) * (length - OVERLAP)
    val fitting = min(other.toDouble() / min(pageWidth, pageHeight), most.toDouble() / long)
    val scale = min(fitting, MAX_UPSCALE)
    val used = floor(long * scale + 0.5).toInt()
    val whole = max(length, used + used % 2)
    return if (upright) Triple(whole, other, scale) else Triple(other, whole, scale)
}

/** The parts of a canvas, as evenly spread as even places allow; two of them meet in the middle of what they share. */
internal fun parts(canvasWidth: Int, canvasHeight: Int): List<Part> {
    val length = lengthOf(canvasHeight > canvasWidth)
    val whole = max(canvasWidth, canvasHeight)
    val count = max((whole - OVERLAP + length - OVERLAP - 1) / (length - OVERLAP), 1)
    val starts = List(count) { it * (whole - length) / (2 * max(count - 1, 1)) * 2 }
    val edges = listOf(0) + starts.zipWithNext { one, next -> (next + one + length) / 4 * 2 } + whole
    return starts.mapIndexed { k, start -> Part(start, edges[k], edges[k + 1]) }
}

/** The pictures of the parts of a long canvas, each of the size of one of the detector's. */
internal fun partsOf(canvas: Pixels): List<Pixels> {
    val upright = canvas.height > canvas.width
    val (height, width) = if (upright) UPRIGHT else LEVEL
    return parts(canvas.width, canvas.height).map { part ->
        val left = if (upright) 0 else part.start
        val top = if (upright) part.start else 0
        val data = ByteArray(width * height * 3)
        for (y in 0 until height) {
            val from = ((top + y) * canvas.width + left) * 3
            canvas.data.copyInto(data, y * width * 3, from, from + width * 3)
        }
        Pixels(width, height, 3, data)
    }
}

/** The map of a long canvas out of those of its parts. */
internal fun joinedMap(maps: List<FloatArray>, width: Int, height: Int): Plane {
    val upright = height > width
    val values = FloatArray(width * height)
    for ((map, part) in maps.zip(parts(width, height))) {
        if (upright) {
            val from = (part.first - part.start) * width
            map.copyInto(values, part.first * width, from, (part.stop - part.start) * width)
        } else {
            for (y in 0 until height) {
                val line = y * LEVEL.second - part.start
                map.copyInto(values, y * width + part.first, line + part.first, line + part.stop)
            }
        }
    }
    return Plane(width, height, values)
}

private fun lengthOf(upright: Boolean): Int = if (upright) UPRIGHT.first else LEVEL.second
