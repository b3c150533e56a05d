package org.pinpoint.demo.app

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.Path
import android.graphics.RectF
import android.util.AttributeSet
import android.view.GestureDetector
import android.view.MotionEvent
import android.view.ScaleGestureDetector
import android.view.View
import java.util.concurrent.Executors
import org.pinpoint.demo.Drawing
import org.pinpoint.demo.Preview
import org.pinpoint.demo.Result
import org.pinpoint.demo.State
import org.pinpoint.demo.Viewport
import org.pinpoint.demo.drawPage
import org.pinpoint.demo.focusOn
import org.pinpoint.edge.Pixels

private const val DOUBLE_TAP = 2.5f
private val PREVIEWS = Executors.newSingleThreadExecutor()

/** The page with its boxes: it is pinched, dragged and tapped twice; an answer comes into sight by itself. */
internal class PageView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private var state = State()
    private var viewport: Viewport? = null
    private var pixels: Pixels? = null
    private var picture: Bitmap? = null
    private var focused: Result? = null
    private val drawing = CanvasDrawing()

    private val pinches = ScaleGestureDetector(
        context,
        object : ScaleGestureDetector.SimpleOnScaleGestureListener() {
            override fun onScale(detector: ScaleGestureDetector): Boolean {
                change { page, view -> zoomed(detector.scaleFactor, detector.focusX, detector.focusY, page, view) }
                return true
            }
        },
    )
    private val touches = GestureDetector(
        context,
        object : GestureDetector.SimpleOnGestureListener() {
            override fun onDown(event: MotionEvent): Boolean = true

            override fun onScroll(first: MotionEvent?, now: MotionEvent, dx: Float, dy: Float): Boolean {
                change { page, view -> moved(-dx, -dy, page, view) }
                return true
            }

            override fun onDoubleTap(event: MotionEvent): Boolean {
                change { page, view ->
                    val whole = Viewport.fitted(page, view)
                    if (scale > 1.01f * whole.scale) whole else zoomed(DOUBLE_TAP, event.x, event.y, page, view)
                }
                return true
            }
        },
    )

    /** Shows the page that is seen, and brings a new answer into sight. */
    fun show(state: State) {
        this.state = state
        val page = state.pages.getOrNull(state.pageSeen)
        if (page !== pixels) {
            pixels = page
            picture = null
            viewport = null
            focused = null
            if (page != null) preview(page)
        }
        look()
        invalidate()
    }

    /** Decides where to look: at a new answer, or at the whole page. */
    private fun look() {
        val page = pixels ?: return
        if (width == 0 || height == 0) return
        val size = page.width to page.height
        val shown = state.shown
        if (shown != null && shown !== focused && shown.answer.page == state.pageSeen) {
            focused = shown
            viewport = shown.answer.quads.firstOrNull()?.let { focusOn(it, size, width to height) }
        }
        if (viewport == null) viewport = Viewport.fitted(size, width to height)
    }

    private fun preview(page: Pixels) = PREVIEWS.execute {
        val made = try {
            bitmapOf(page)
        } catch (_: OutOfMemoryError) {
            null
        }
        post {
            if (pixels === page) {
                picture = made
                invalidate()
            }
        }
    }

    private fun bitmapOf(page: Pixels): Bitmap {
        val preview = Preview(page)
        val bitmap = Bitmap.createBitmap(preview.width, preview.height, Bitmap.Config.ARGB_8888)
        val row = IntArray(preview.width)
        for (y in 0 until preview.height) {
            preview.row(y, row)
            bitmap.setPixels(row, 0, preview.width, 0, y, preview.width, 1)
        }
        return bitmap
    }

    private inline fun change(next: Viewport.(Pair<Int, Int>, Pair<Int, Int>) -> Viewport) {
        val page = pixels ?: return
        viewport = (viewport ?: return).next(page.width to page.height, width to height)
        invalidate()
    }

    override fun onSizeChanged(width: Int, height: Int, oldWidth: Int, oldHeight: Int) {
        viewport = null
        focused = null
        look()
    }

    override fun onTouchEvent(event: MotionEvent): Boolean {
        pinches.onTouchEvent(event)
        if (!pinches.isInProgress) touches.onTouchEvent(event)
        return true
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        drawing.canvas = canvas
        drawPage(state, viewport ?: return, resources.displayMetrics.density, drawing)
    }

    /** The drawing of the overlay on Android's canvas. */
    private inner class CanvasDrawing : Drawing {
        lateinit var canvas: Canvas
        private val paint = Paint(Paint.ANTI_ALIAS_FLAG or Paint.FILTER_BITMAP_FLAG)
        private val path = Path()
        private val place = RectF()

        override fun picture(page: Int, left: Float, top: Float, right: Float, bottom: Float) {
            place.set(left, top, right, bottom)
            paint.style = Paint.Style.FILL
            paint.color = -1
            picture?.let { canvas.drawBitmap(it, null, place, paint) } ?: canvas.drawRect(place, paint)
        }

        override fun polygon(corners: FloatArray, fill: Int, line: Int, lineWidth: Float) {
            path.rewind()
            path.moveTo(corners[0], corners[1])
            for (i in 2 until corners.size step 2) path.lineTo(corners[i], corners[i + 1])
            path.close()
            paint.style = Paint.Style.FILL
            paint.color = fill
            canvas.drawPath(path, paint)
            paint.style = Paint.Style.STROKE
            paint.strokeWidth = lineWidth
            paint.color = line
            canvas.drawPath(path, paint)
        }
    }
}
