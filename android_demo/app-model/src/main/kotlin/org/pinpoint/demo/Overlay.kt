package org.pinpoint.demo

import org.pinpoint.edge.Box
import org.pinpoint.edge.Quad

/** What the overlay draws on: Android's canvas on the device, a picture in tests. */
public interface Drawing {
    /** Draws the picture of page [page] into a rectangle. */
    public fun picture(page: Int, left: Float, top: Float, right: Float, bottom: Float)

    /** Draws a closed line through corners x0 y0 x1 y1 … and fills it; colours are 0xAARRGGBB. */
    public fun polygon(corners: FloatArray, fill: Int, line: Int, lineWidth: Float)
}

private const val REGION_LINE = 0x400B3C6E
private const val ANSWER_LINE = 0xFF0B6E4F.toInt()
private const val ANSWER_FILL = 0x330B6E4F
private const val EVIDENCE_LINE = 0x660B3C6E
private const val EVIDENCE_FILL = 0x140B3C6E

/** Draws the page that is seen: its picture, its regions until a question is answered, then the answer's boxes. */
public fun drawPage(state: State, viewport: Viewport, density: Float, on: Drawing) {
    val page = state.pages.getOrNull(state.pageSeen) ?: return
    on.picture(
        state.pageSeen, viewport.left, viewport.top,
        viewport.left + page.width * viewport.scale, viewport.top + page.height * viewport.scale,
    )
    val shown = state.shown
    if (shown != null) return drawOverlay(shown, state.pageSeen, viewport, density, on)
    for (box in state.regions.getOrElse(state.pageSeen) { emptyList() }) {
        on.polygon(placed(corners(box), viewport), 0, REGION_LINE, density)
    }
}

/** Draws a result over page [page]: the evidence faint, the answer's boxes strong. */
public fun drawOverlay(result: Result, page: Int, viewport: Viewport, density: Float, on: Drawing) {
    for (item in result.answer.evidence) {
        if (item.page != page) continue
        on.polygon(placed(corners(item.box), viewport), EVIDENCE_FILL, EVIDENCE_LINE, density)
    }
    if (result.answer.page != page) return
    for (quad in result.answer.quads) {
        on.polygon(placed(quad.corners, viewport), ANSWER_FILL, ANSWER_LINE, 2 * density)
    }
}

private fun corners(box: Box): FloatArray {
    val corners = doubleArrayOf(box.x0, box.y0, box.x1, box.y0, box.x1, box.y1, box.x0, box.y1)
    return FloatArray(8) { corners[it].toFloat() }
}

/** Where on the page something is, in thirds: 0, 1 or 2 from the left and from the top; for people who hear the page. */
public fun thirds(quad: Quad, page: Pair<Int, Int>): Pair<Int, Int> {
    val box = quad.bounds
    return ((1.5 * (box.x0 + box.x1) / page.first).toInt().coerceIn(0, 2)) to
        ((1.5 * (box.y0 + box.y1) / page.second).toInt().coerceIn(0, 2))
}

private fun placed(corners: FloatArray, viewport: Viewport) = FloatArray(corners.size) {
    corners[it] * viewport.scale + if (it % 2 == 0) viewport.left else viewport.top
}
