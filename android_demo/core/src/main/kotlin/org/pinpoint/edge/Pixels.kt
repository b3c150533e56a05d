package org.pinpoint.edge

/**
 * A picture in memory: 8 bits a value, rows from the top, channels last.
 *
 * @property width in pixels.
 * @property height in pixels.
 * @property channels 3 (red, green, blue) or 1 (grey).
 * @property data `height * width * channels` bytes; whoever hands it over does not change it afterwards.
 */
public class Pixels(
    public val width: Int,
    public val height: Int,
    public val channels: Int,
    public val data: ByteArray,
) {
    init {
        if (width < 1 || height < 1) {
            throw OptionException("An empty picture of $width x $height px was given; pass one with pixels.")
        }
        if (channels != 1 && channels != 3) {
            throw OptionException("A picture of $channels channels was given; pass 1 (grey) or 3 (RGB).")
        }
        if (data.size.toLong() != width.toLong() * height * channels) {
            throw OptionException(
                "${data.size} bytes are no picture of $width x $height px with $channels channels.",
            )
        }
    }

    public companion object {
        /** A picture of packed colours `0xAARRGGBB`, as Android's `Bitmap.getPixels` and AWT give them; alpha is ignored. */
        @JvmStatic
        public fun ofColours(width: Int, height: Int, colours: IntArray): Pixels {
            val data = ByteArray(colours.size * 3)
            var at = 0
            for (colour in colours) {
                data[at++] = (colour shr 16).toByte()
                data[at++] = (colour shr 8).toByte()
                data[at++] = colour.toByte()
            }
            return Pixels(width, height, 3, data)
        }
    }
}
