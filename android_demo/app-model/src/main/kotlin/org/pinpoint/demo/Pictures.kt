package org.pinpoint.demo

import kotlin.math.ceil
import kotlin.math.sqrt
import org.pinpoint.edge.Pixels

/** Most pixels of a photo that is read; larger ones are sampled down while they are decoded. */
public const val MOST_PHOTO_PIXELS: Int = 16_800_000

/** Most pixels of a page of a PDF, and the dots per inch it is drawn with if that allows it. */
public const val MOST_PDF_PIXELS: Int = 6_000_000
private const val PDF_DPI = 200.0
private const val POINTS_PER_INCH = 72.0

/** The power of two by which a decoder divides both sides so that at most [most] pixels are left. */
public fun sampleSize(width: Int, height: Int, most: Int = MOST_PHOTO_PIXELS): Int {
    var size = 1
    while ((width.toLong() / size) * (height.toLong() / size) > most) size *= 2
    return size
}

/** The pixels per point with which a page of a PDF is drawn; its size is in points. */
public fun pdfScale(width: Int, height: Int): Double =
    minOf(PDF_DPI / POINTS_PER_INCH, sqrt(MOST_PDF_PIXELS / (width.toDouble() * height)))

/**
 * A picture that is handed over row by row and comes out upright, on white.
 *
 * @param orientation the number of the EXIF tag 274, 1 to 8: how the stored rows lie on the upright picture.
 */
public class UprightPicture(private val width: Int, private val height: Int, orientation: Int) {
    private val orientation = if (orientation in 1..8) orientation else 1
    private val turned = this.orientation >= 5
    private val across = if (turned) height else width
    private val data = ByteArray(3 * width * height)

    /** Takes row [y] in colours `0xAARRGGBB`; what is transparent lies on white. */
    public fun row(y: Int, colours: IntArray) {
        for (x in 0 until width) {
            val right = width - 1 - x
            val up = height - 1 - y
            val place = when (orientation) {
                1 -> y * across + x
                2 -> y * across + right
                3 -> up * across + right
                4 -> up * across + x
                5 -> x * across + y
                6 -> x * across + up
                7 -> right * across + up
                else -> right * across + y
            }
            put(3 * place, colours[x])
        }
    }

    private fun put(at: Int, colour: Int) {
        val alpha = colour ushr 24
        for (channel in 0 until 3) {
            val value = (colour shr (16 - 8 * channel)) and 255
            data[at + channel] = ((value * alpha + 255 * (255 - alpha) + 127) / 255).toByte()
        }
    }

    /** The picture, after all rows. */
    public fun pixels(): Pixels = Pixels(across, if (turned) width else height, 3, data)
}

/** A page made small enough to be shown: means of squares of [step] pixels. */
public class Preview(private val pixels: Pixels, most: Int = 6_000_000) {
    /** The side of a square that becomes one pixel. */
    public val step: Int = ceil(sqrt(pixels.width.toDouble() * pixels.height / most)).toInt().coerceAtLeast(1)

    /** Its size in pixels. */
    public val width: Int = maxOf(1, pixels.width / step)

    /** Its size in pixels. */
    public val height: Int = maxOf(1, pixels.height / step)

    /** Writes row [y] into [colours], opaque `0xFFRRGGBB`. */
    public fun row(y: Int, colours: IntArray) {
        val count = minOf(step, pixels.width) * minOf(step, pixels.height)
        for (x in 0 until width) {
            var red = 0
            var green = 0
            var blue = 0
            for (dy in 0 until minOf(step, pixels.height)) {
                var at = 3 * ((y * step + dy) * pixels.width + x * step)
                repeat(minOf(step, pixels.width)) {
                    red += pixels.data[at++].toInt() and 255
                    green += pixels.data[at++].toInt() and 255
                    blue += pixels.data[at++].toInt() and 255
                }
            }
            colours[x] = (255 shl 24) or ((red / count) shl 16) or ((green / count) shl 8) or (blue / count)
        }
    }
}
