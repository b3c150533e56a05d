package org.pinpoint.edge.vision.flat

import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Work
import org.pinpoint.edge.runtime.Stages
import org.pinpoint.edge.vision.Detected
import org.pinpoint.edge.vision.LookedPage
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.Transcription
import org.pinpoint.edge.vision.detect
import org.pinpoint.edge.vision.median
import org.pinpoint.edge.vision.refine
import org.pinpoint.edge.vision.textHeight
import org.pinpoint.edge.vision.toDoubles

/** Most rounds. */
private const val FLATTENED = 2

/** A page as it is looked at, and what was found on it. */
internal class Seen(val view: View, val found: Detected)

/** Brings pages upright and flat: detect, turn, flatten, detect again. [characters] and [widths] are those of `refine`. */
internal class Straightener(
    private val stages: Stages,
    private val characters: List<String>,
    private val widths: List<Int>,
    private val work: Work,
) {
    /** The page with its lines running across, straight, and what is found on it. */
    fun upright(view: View): Seen = work.timed("detect") {
        val found = detect(stages, view.page, work)
        val quarters = quartersOf(found.regions, reads(view.page))
        if (quarters == 0) {
            flat(view, found)
        } else {
            val turned = View.of(view.given, quarters)
            flat(turned, detect(stages, turned.page, work))
        }
    }

    /** The page turned by a half, and flat, and what is found on it. */
    fun turnedOver(view: View): Seen = work.timed("detect") {
        val over = View.of(view.given, view.way.quarters + 2)
        flat(over, detect(stages, over.page, work))
    }

    /** Whether a page is upside down. */
    fun isUpsideDown(page: LookedPage): Boolean = work.timed("detect") {
        isUpsideDown(page.flat, page.glance.readings, reads(page.page))
    }

    /** The page made flat, and what is found on it; a strong bend takes several rounds. */
    private fun flat(view: View, found: Detected): Seen {
        var flatter = view
        var seen = found
        for (round in 0 until FLATTENED) {
            val tall = lineHeight(seen.regions) * seen.canvas.scale
            val bend = findBend(seen.components, seen.canvas, tall, flatter.page.width) ?: break
            flatter = flatter.flattened(bend)
            seen = detect(stages, flatter.page, work)
        }
        val regions = withUpwardLines(seen.regions, reads(flatter.page))
        return Seen(flatter, Detected(regions, seen.canvas, seen.components))
    }

    /** Transcribes regions of a page in the direction of their quads. */
    private fun reads(page: Pixels): ReadLines = { lines ->
        val read = arrayOfNulls<Transcription>(lines.size)
        val nowhere = FloatArray(4 * lines.size)
        refine(stages, page, lines, lines.indices.toList(), nowhere, characters, widths, work) { place, own ->
            read[place] = own.transcription
        }
        read.map { it!! }
    }
}

/** The median of the heights of the lines of text; 0 without any. */
private fun lineHeight(found: List<Region>): Double =
    if (found.isEmpty()) 0.0 else median(DoubleArray(found.size) { textHeight(found[it].quad.toDoubles()) })
