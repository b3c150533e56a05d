package org.pinpoint.edge.vision

import kotlin.math.abs
import kotlin.math.ceil
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Quad

/*
 * Crops of regions, upright and at a fixed height, specified to the byte (docs/bundle.md, step 6).
 */

internal const val GLANCE_HEIGHT = 16
internal val GLANCE_WIDTHS: List<Int> = listOf(64, 128, 256, 512, 1024)
internal const val REFINE_HEIGHT = 48
internal const val BATCH = 8

private const val COLOUR_FILL: Byte = 127
private const val GREY_FILL: Byte = -1

/** An edge that rises at most 1 in 115 (0.5 degrees) counts as upright. */
private const val UPRIGHT = 115

/** The widths of glance crops of another height, in proportion. */
internal fun glanceWidths(height: Int): List<Int> = GLANCE_WIDTHS.map { it * height / GLANCE_HEIGHT }

/** The width, at least 1, that keeps the text's proportions at [height] pixels. */
internal fun cropWidth(quad: Quad, height: Int): Int {
    val corners = quad.toDoubles()
    return max(1, floor(height * textWidth(corners) / max(textHeight(corners), 1.0) + 0.5).toInt())
}

/** The text of a quad, upright. */
internal fun cropQuad(image: Pixels, quad: Quad, height: Int, width: Int): Pixels {
    val corners = quad.toDoubles()
    val turns = quarterTurns(corners)
    val patch = if (turns < 0) sampleParallelogram(image, corners) else upright(image, corners, turns)
    return patch.resized(width, height)
}

/**
 * Crops of a page in a batch.
 *
 * @property indices of the quads, at most 8.
 * @property crops (8, channels, height, width).
 * @property used widths (8,), 0 in rows without a quad.
 */
internal class CropBatch(val indices: IntArray, val crops: ByteArray, val width: Int, val used: IntArray)

/** The crops of a page in batches, the widest first; a batch takes the smallest of [widths] that holds its first crop. */
internal fun cropBatches(image: Pixels, quads: List<Quad>, height: Int, widths: List<Int>): Sequence<CropBatch> {
    val used = IntArray(quads.size) { min(cropWidth(quads[it], height), widths.last()) }
    val order = quads.indices.sortedBy { -used[it] }
    return order.asSequence().chunked(BATCH).map { part ->
        val indices = part.toIntArray()
        val width = widths.first { it >= used[indices[0]] }
        val channels = image.channels
        val row = channels * height * width
        val crops = ByteArray(BATCH * row)
        crops.fill(if (channels == 1) GREY_FILL else COLOUR_FILL, 0, indices.size * row)
        val counts = IntArray(BATCH)
        for ((slot, index) in indices.withIndex()) {
            counts[slot] = used[index]
            place(cropQuad(image, quads[index], height, used[index]), crops, slot * row, width)
        }
        CropBatch(indices, crops, width, counts)
    }
}

/** Copies a crop into the planes of its row. */
private fun place(crop: Pixels, crops: ByteArray, offset: Int, width: Int) {
    val channels = crop.channels
    for (c in 0 until channels) {
        for (y in 0 until crop.height) {
            val line = offset + (c * crop.height + y) * width
            var at = y * crop.width * channels + c
            for (x in 0 until crop.width) {
                crops[line + x] = crop.data[at]
                at += channels
            }
        }
    }
}

/** Counter-clockwise quarter turns that make an upright quad read to the right, else -1. */
private fun quarterTurns(q: DoubleArray): Int {
    val topX = q[2] - q[0]
    val topY = q[3] - q[1]
    val leftX = abs(q[6] - q[0])
    val leftY = abs(q[7] - q[1])
    val level = abs(topX) >= abs(topY)
    val turns = if (level) (if (topX >= 0) 0 else 2) else (if (topY >= 0) 1 else 3)
    val run = if (level) abs(topX) else abs(topY)
    val rise = if (level) abs(topY) else abs(topX)
    val side = if (level) leftY else leftX
    val drift = if (level) leftX else leftY
    val straight = rise * UPRIGHT <= run && drift * UPRIGHT <= side
    return if (straight && rise <= max(1.0, side / 8)) turns else -1
}

private fun upright(image: Pixels, corners: DoubleArray, turns: Int): Pixels {
    val box = boundsOf(corners)
    val left = min(max(floor(box.x0).toInt(), 0), image.width - 1)
    val top = min(max(floor(box.y0).toInt(), 0), image.height - 1)
    val right = min(max(ceil(box.x1).toInt(), left + 1), image.width)
    val foot = min(max(ceil(box.y1).toInt(), top + 1), image.height)
    return turned(image, left, top, right - left, foot - top, turns)
}

/** A part of a picture, turned by quarters counter-clockwise. */
internal fun turned(image: Pixels, left: Int, top: Int, columns: Int, rows: Int, turns: Int): Pixels {
    val channels = image.channels
    val width = if (turns % 2 == 0) columns else rows
    val height = if (turns % 2 == 0) rows else columns
    val data = ByteArray(width * height * channels)
    if (turns == 0) {
        for (y in 0 until rows) {
            val from = ((top + y) * image.width + left) * channels
            image.data.copyInto(data, y * width * channels, from, from + width * channels)
        }
        return Pixels(width, height, channels, data)
    }
    var out = 0
    for (y in 0 until height) {
        for (x in 0 until width) {
            val sourceX = when (turns) {
                1 -> columns - 1 - y
                2 -> columns - 1 - x
                else -> y
            }
            val sourceY = when (turns) {
                1 -> x
                2 -> rows - 1 - y
                else -> rows - 1 - x
            }
            val from = ((top + sourceY) * image.width + left + sourceX) * channels
            for (c in 0 until channels) data[out++] = image.data[from + c]
        }
    }
    return Pixels(width, height, channels, data)
}

/** The parallelogram of corners 0, 1 and 3 at the source's own scale, sampled with integer weights. */
private fun sampleParallelogram(image: Pixels, q: DoubleArray): Pixels {
    val width = max(1, floor(textWidth(q) + 0.5).toInt())
    val height = max(1, floor(textHeight(q) + 0.5).toInt())
    val alongX = (q[2] - q[0]) / width
    val alongY = (q[3] - q[1]) / width
    val downX = (q[6] - q[0]) / height
    val downY = (q[7] - q[1]) / height
    val startX = fixed(q[0] + alongX * 0.5 + downX * 0.5 - 0.5)
    val startY = fixed(q[1] + alongY * 0.5 + downY * 0.5 - 0.5)
    val stepX = fixed(alongX)
    val stepY = fixed(alongY)
    val rowX = fixed(downX)
    val rowY = fixed(downY)
    val channels = image.channels
    val source = image.data
    val lastX = image.width - 1L
    val lastY = image.height - 1L
    val data = ByteArray(width * height * channels)
    var out = 0
    for (v in 0 until height) {
        var x = startX + v * rowX
        var y = startY + v * rowY
        for (u in 0 until width) {
            val fx = (x shr 8).toInt() and 255
            val fy = (y shr 8).toInt() and 255
            val left = (x shr 16).coerceIn(0, lastX).toInt()
            val right = ((x shr 16) + 1).coerceIn(0, lastX).toInt()
            val top = (y shr 16).coerceIn(0, lastY).toInt() * image.width
            val foot = ((y shr 16) + 1).coerceIn(0, lastY).toInt() * image.width
            for (c in 0 until channels) {
                val a = source[(top + left) * channels + c].toInt() and 255
                val b = source[(top + right) * channels + c].toInt() and 255
                val d = source[(foot + left) * channels + c].toInt() and 255
                val e = source[(foot + right) * channels + c].toInt() and 255
                val upper = (a shl 8) + (b - a) * fx
                val lower = (d shl 8) + (e - d) * fx
                data[out++] = (((upper shl 8) + (lower - upper) * fy + 32768) shr 16).toByte()
            }
            x += stepX
            y += stepY
        }
    }
    return Pixels(width, height, channels, data)
}

/** 16 fractional bits. */
private fun fixed(value: Double): Long = floor(value * 65536 + 0.5).toLong()
