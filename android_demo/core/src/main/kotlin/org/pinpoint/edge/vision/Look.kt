package org.pinpoint.edge.vision

import org.pinpoint.edge.Engine
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Quad
import org.pinpoint.edge.Step
import org.pinpoint.edge.Work
import org.pinpoint.edge.vision.flat.Seen
import org.pinpoint.edge.vision.flat.Straightener
import org.pinpoint.edge.vision.flat.View
import org.pinpoint.edge.vision.flat.Way
import org.pinpoint.edge.vision.layout.Layout
import org.pinpoint.edge.vision.layout.layOut

/**
 * A page after detect, layout and glance.
 *
 * @property page as it was looked at, turned and made flat where needed.
 * @property way back from that to the page as it was given.
 * @property flat the regions on the page looked at, in reading order.
 * @property first the first region's index among those of the whole document.
 */
internal class LookedPage(
    val page: Pixels,
    private val way: Way,
    val flat: List<Region>,
    val layout: Layout,
    val glance: Glance,
    val first: Int,
) {
    /** The regions on the page as it was given. */
    val regions: List<Region> = way.regionsGiven(flat)

    /** The part of a region between two fractions, 0 to 1, of its reading direction. */
    fun part(place: Int, start: Double, end: Double): Quad = way.toGiven(subQuad(flat[place].quad, start, end))
}

/** Finds a page's regions, orders them, and glances at each of them. */
internal fun look(engine: Engine, pixels: Pixels, first: Int, work: Work): LookedPage {
    val host = engine.manifest.host
    val characters = engine.characters
    val steps = Straightener(engine.stages, characters.getValue("refine"), host.refineWidths, work)

    fun looked(seen: Seen): LookedPage {
        val page = seen.view.page
        val (regions, layout) = work.timed("layout") {
            layOut(seen.found.regions, seen.found.canvas, page.width, page.height, host.readingOrder)
        }
        work.report(Step.LAYOUT, 1, 1)
        val glance = work.timed("glance") {
            glance(engine.stages, page, regions, characters.getValue("glance"), work)
        }
        return LookedPage(page, seen.view.way, regions, layout, glance, first)
    }

    work.report(Step.DETECT, 0, 1)
    val seen = steps.upright(View.of(pixels))
    work.report(Step.DETECT, 1, 1)
    val once = looked(seen)
    return if (steps.isUpsideDown(once)) looked(steps.turnedOver(seen.view)) else once
}
