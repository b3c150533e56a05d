package org.pinpoint.edge.ort

import java.io.File
import javax.imageio.ImageIO
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.Pixels

/** Prints the milliseconds from opening the bundle to the answer, of a process that did nothing before: BUNDLE PAGE.png QUESTION. */
internal object ColdQuestion {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val (bundle, page, question) = arguments
        val image = ImageIO.read(File(page))
        val colours = image.getRGB(0, 0, image.width, image.height, null, 0, image.width)
        val pixels = Pixels.ofColours(image.width, image.height, colours)
        val start = System.nanoTime()
        PinPoint.open(File(bundle), OrtRunner(1)).use { reader ->
            val answer = reader.read(pixels).ask(question)
            println("%.0f %s".format((System.nanoTime() - start) / 1e6, answer.text))
        }
    }
}
