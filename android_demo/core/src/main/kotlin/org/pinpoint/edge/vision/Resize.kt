package org.pinpoint.edge.vision

import kotlin.math.abs
import kotlin.math.ceil
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.OptionException
import org.pinpoint.edge.Pixels

/*
 * Resize and grey (docs/bundle.md, step 2), specified to the byte: Pillow's antialiased bilinear filter in integers.
 */

private const val PRECISION_BITS = 32 - 8 - 2
private const val HALF = 1 shl (PRECISION_BITS - 1)

/** The triangle filter from some samples to others: of target i, [taps] weights from sample `first[i]` on. */
private class Filter(source: Int, target: Int) {
    private val scale = source.toDouble() / target
    private val support = max(scale, 1.0)
    val taps = ceil(support).toInt() * 2 + 1
    val first = IntArray(target)
    val weights = IntArray(target * taps)

    init {
        val inverse = 1.0 / support
        val own = DoubleArray(taps)
        for (i in 0 until target) {
            val centre = (i + 0.5) * scale
            val start = max((centre - support + 0.5).toInt(), 0)
            val stop = min((centre + support + 0.5).toInt(), source)
            var total = 0.0
            for (tap in 0 until stop - start) {
                own[tap] = max(1.0 - abs((tap + start - centre + 0.5) * inverse), 0.0)
                total += own[tap]
            }
            first[i] = start
            for (tap in 0 until stop - start) {
                weights[i * taps + tap] = (own[tap] / total * (1 shl PRECISION_BITS) + 0.5).toInt()
            }
        }
    }
}

/** Resizes a picture: all columns first, then all rows; a pass that changes nothing is left out. */
internal fun Pixels.resized(toWidth: Int, toHeight: Int): Pixels {
    if (toWidth < 1 || toHeight < 1) {
        throw OptionException("A size of $toWidth x $toHeight px was asked for; both must be at least 1.")
    }
    val wide = if (toWidth == width) this else resizedColumns(toWidth)
    return if (toHeight == height) wide else wide.resizedRows(toHeight)
}

private fun Pixels.resizedColumns(target: Int): Pixels {
    val filter = Filter(width, target)
    val result = ByteArray(height * target * channels)
    val stride = width * channels
    val offsets = IntArray(target) { filter.first[it] * channels }
    val taps = IntArray(target) { i ->
        var count = min(filter.taps, width - filter.first[i])
        while (count > 1 && filter.weights[i * filter.taps + count - 1] == 0) count--
        count
    }
    val weights = filter.weights
    var out = 0
    for (y in 0 until height) {
        val row = y * stride
        for (x in 0 until target) {
            val from = x * filter.taps
            val start = row + offsets[x]
            if (channels == 3) {
                var red = HALF
                var green = HALF
                var blue = HALF
                var at = start
                for (tap in from until from + taps[x]) {
                    val weight = weights[tap]
                    red += weight * (data[at].toInt() and 255)
                    green += weight * (data[at + 1].toInt() and 255)
                    blue += weight * (data[at + 2].toInt() and 255)
                    at += 3
                }
                result[out++] = clamped(red)
                result[out++] = clamped(green)
                result[out++] = clamped(blue)
            } else {
                var sum = HALF
                var at = start
                for (tap in from until from + taps[x]) sum += weights[tap] * (data[at++].toInt() and 255)
                result[out++] = clamped(sum)
            }
        }
    }
    return Pixels(target, height, channels, result)
}

private fun Pixels.resizedRows(target: Int): Pixels {
    val filter = Filter(height, target)
    val stride = width * channels
    val result = ByteArray(target * stride)
    val sums = IntArray(stride)
    for (y in 0 until target) {
        sums.fill(HALF)
        for (tap in 0 until min(filter.taps, height - filter.first[y])) {
            val weight = filter.weights[y * filter.taps + tap]
            if (weight == 0) continue
            val row = (filter.first[y] + tap) * stride
            for (x in 0 until stride) sums[x] += weight * (data[row + x].toInt() and 255)
        }
        val out = y * stride
        for (x in 0 until stride) result[out + x] = clamped(sums[x])
    }
    return Pixels(width, target, channels, result)
}

private fun clamped(sum: Int): Byte = (sum shr PRECISION_BITS).coerceIn(0, 255).toByte()

/** The luma of an RGB picture: ITU-R 601-2 with 16 fractional bits. */
internal fun Pixels.toGrey(): Pixels {
    if (channels == 1) return this
    val grey = ByteArray(width * height)
    var at = 0
    for (i in grey.indices) {
        val red = data[at++].toInt() and 255
        val green = data[at++].toInt() and 255
        val blue = data[at++].toInt() and 255
        grey[i] = ((19595 * red + 38470 * green + 7471 * blue + 32768) shr 16).toByte()
    }
    return Pixels(width, height, 1, grey)
}
