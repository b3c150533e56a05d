package org.pinpoint.edge.vision.flat

import kotlin.math.abs
import kotlin.math.max
import org.pinpoint.edge.Quad
import org.pinpoint.edge.text.isLetter
import org.pinpoint.edge.text.points
import org.pinpoint.edge.vision.LINE
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.SQUAT
import org.pinpoint.edge.vision.Transcription
import org.pinpoint.edge.vision.textAngle
import org.pinpoint.edge.vision.textHeight
import org.pinpoint.edge.vision.textWidth
import org.pinpoint.edge.vision.toDoubles

/*
 * Which way is up: pages that lie sideways or upside down, and single lines that run upwards (docs/bundle.md, step 4c).
 *
 * The detector sees whether lines run across or down, but not in which direction they are read. A few of them are
 * transcribed in both; the recogniser is far surer of letters that are the right way up.
 */

/** Transcribes regions of the page, each in the direction of its quad. */
internal typealias ReadLines = (List<Region>) -> List<Transcription>

/** That are transcribed in both directions. */
private const val LINES = 8

/** Heights: longer lines say no more and cost more. */
private const val LONGEST = 12.0

/** In mean probability of a character. */
private const val SURER = 0.1

/** Share of neighbours in words that are a letter and a digit; upside down it is .2. */
private const val MIXED = 0.12

/** Most single lines that are looked at. */
private const val UPWARDS = 16

/** How many quarter turns, counter-clockwise, bring a page upright that lies sideways; else 0. */
internal fun quartersOf(found: List<Region>, read: ReadLines): Int {
    val lines = found.filter { elongation(it) > SQUAT }
    val down = lines.filter(::runsDown)
    if (down.sumOf(::length) * 2 <= lines.sumOf(::length)) return 0
    val gain = gainOfTurning(down, read)
    return if (gain >= SURER) 3 else if (gain <= -SURER) 1 else 0
}

/** Whether a page is upside down; [readings] are the rough texts of its regions. */
internal fun isUpsideDown(found: List<Region>, readings: List<String>, read: ReadLines): Boolean =
    mixed(readings) >= MIXED && gainOfTurning(found.filter { elongation(it) > SQUAT }, read) >= SURER

/** The regions of a page; long lines that run up or down are turned the way they are read better. */
internal fun withUpwardLines(found: List<Region>, read: ReadLines): List<Region> {
    val down = found.filter { runsDown(it) && elongation(it) > LINE }.sortedByDescending(::length).take(UPWARDS)
    if (down.isEmpty()) return found
    val turned = down.map(::turned)
    val asFound = read(down)
    val other = read(turned)
    val better = down.indices
        .filter { certainty(listOf(other[it])) >= certainty(listOf(asFound[it])) + SURER }
        .associate { down[it] to turned[it] }
    return found.map { better[it] ?: it }
}

/** How much surer lines are read when they are turned by half: the [LINES] longest of them. */
private fun gainOfTurning(lines: List<Region>, read: ReadLines): Double {
    val chosen = lines.filter { elongation(it) <= LONGEST }.ifEmpty { lines }
        .sortedByDescending(::elongation).take(LINES)
    if (chosen.isEmpty()) return 0.0
    return certainty(read(chosen.map(::turned))) - certainty(read(chosen))
}

/** The mean probability of the characters; 0 without any. */
private fun certainty(texts: List<Transcription>): Double {
    val count = texts.sumOf { it.probabilities.size }
    if (count == 0) return 0.0
    return texts.sumOf { text -> text.probabilities.sumOf { it.toDouble() } } / count
}

private inline fun FloatArray.sumOf(value: (Float) -> Double): Double {
    var sum = 0.0
    for (own in this) sum += value(own)
    return sum
}

/** Of the neighbours in words, letters and digits, the share that are one of each. */
private fun mixed(texts: List<String>): Double {
    var count = 0
    var unlike = 0
    for (text in texts) {
        val points = text.points()
        for (n in 1 until points.size) {
            val one = Character.isDigit(points[n - 1])
            val two = Character.isDigit(points[n])
            if (!(one || isLetter(points[n - 1])) || !(two || isLetter(points[n]))) continue
            count++
            if (one != two) unlike++
        }
    }
    return if (count > 0) unlike.toDouble() / count else 0.0
}

/** The region with its text read the other way. */
private fun turned(region: Region): Region {
    val corners = region.quad.corners
    return Region(Quad(FloatArray(8) { corners[(it + 4) % 8] }), region.score)
}

private fun runsDown(region: Region): Boolean {
    val angle = abs(textAngle(region.quad.toDoubles()))
    return angle > 45 && angle < 135
}

private fun length(region: Region): Double = textWidth(region.quad.toDoubles())

private fun elongation(region: Region): Double {
    val quad = region.quad.toDoubles()
    return textWidth(quad) / max(textHeight(quad), 1e-9)
}
