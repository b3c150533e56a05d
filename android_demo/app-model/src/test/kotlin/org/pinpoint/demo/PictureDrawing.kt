package org.pinpoint.demo

import java.awt.BasicStroke
import java.awt.Color
import java.awt.Graphics2D
import java.awt.RenderingHints
import java.awt.geom.Path2D
import java.awt.image.BufferedImage
import kotlin.math.roundToInt
import org.pinpoint.edge.Pixels

/** The drawing of the overlay on a picture of the JVM, as the app's is on Android's canvas. */
internal class PictureDrawing(private val graphics: Graphics2D, private val pages: List<Pixels>) : Drawing {
    init {
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON)
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR)
    }

    override fun picture(page: Int, left: Float, top: Float, right: Float, bottom: Float) {
        val preview = Preview(pages[page])
        val image = BufferedImage(preview.width, preview.height, BufferedImage.TYPE_INT_RGB)
        val row = IntArray(preview.width)
        for (y in 0 until preview.height) {
            preview.row(y, row)
            image.setRGB(0, y, preview.width, 1, row, 0, preview.width)
        }
        val width = (right - left).roundToInt()
        graphics.drawImage(image, left.roundToInt(), top.roundToInt(), width, (bottom - top).roundToInt(), null)
    }

    override fun polygon(corners: FloatArray, fill: Int, line: Int, lineWidth: Float) {
        val path = Path2D.Float()
        path.moveTo(corners[0], corners[1])
        for (i in 2 until corners.size step 2) path.lineTo(corners[i], corners[i + 1])
        path.closePath()
        graphics.color = Color(fill, true)
        graphics.fill(path)
        graphics.color = Color(line, true)
        graphics.stroke = BasicStroke(lineWidth)
        graphics.draw(path)
    }
}
