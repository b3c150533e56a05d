package org.pinpoint.edge.generation

import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.text.isLetterOrDigit
import org.pinpoint.edge.text.isSpace
import org.pinpoint.edge.text.points
import org.pinpoint.edge.text.text

/*
 * The text that an answer may quote: where its words begin and end, and which regions follow on
 * (docs/bundle.md, step 11).
 */

/** Of the narrower region, to count as below. */
private const val MIN_OVERLAP = 0.3

private const val OPENING = "([{<“‘«「『【（:：#$£€¥=~|"
private const val CLOSING = ")]}>”’»」』】）"
private const val TRAILING = ".,;:!?\"'。、，；：！？$CLOSING"
private const val DATE = """\p{Nd}{1,4}(?:[/.]\p{Nd}{1,4}){1,2}"""

// "5/22/20-5/28/20" and "5/22/20 -5/28/20" hold two dates, "RM60.30" a currency and an amount.
private val RANGE = Regex("""(?<![\p{L}\p{N}_/.])($DATE) ?[-–—~] ?(?=$DATE)""")
private val CURRENCY = Regex("""(?<![A-Za-z])[A-Z]{2,3}(?=\p{Nd}[\p{Nd},]*\.\p{Nd}\p{Nd}(?![\p{Nd}.]))""")

private fun isIn(point: Int, characters: String): Boolean =
    point < 0x10000 && characters.indexOf(point.toChar()) >= 0

/** Scripts without spaces. */
private fun isUnspaced(point: Int): Boolean = when (point) {
    in 0xE00..0xEFF, in 0x3040..0x30FF, in 0x3400..0x4DBF, in 0x4E00..0x9FFF, in 0xF900..0xFAFF -> true
    else -> false
}

/** Offsets in code points where an answer may begin. */
internal fun wordStarts(text: String): IntArray {
    val points = text.points()
    val inside = HashSet<Int>()
    for (rule in listOf(RANGE, CURRENCY)) {
        for (match in rule.findAll(text)) inside.add(text.codePointCount(0, match.range.last + 1))
    }
    val starts = IntList()
    for (place in points.indices) {
        val own = points[place]
        val before = if (place > 0) points[place - 1] else ' '.code
        val quote = (before == '"'.code || before == '\''.code) &&
            (place == 1 || !isLetterOrDigit(points[place - 2]))
        val time = before == ':'.code && place > 1 && Character.isDigit(points[place - 2]) && Character.isDigit(own)
        val opened = (isIn(before, OPENING) && !time) || quote
        val begins = isSpace(before) || opened || isUnspaced(own) || isUnspaced(before) || place in inside
        if (!isSpace(own) && begins) starts.add(place)
    }
    return starts.toArray()
}

/** Offsets in code points where an answer may end. */
internal fun wordEnds(text: String): IntArray {
    val points = text.points()
    val dates = HashSet<Int>()
    for (match in RANGE.findAll(text)) {
        dates.add(text.codePointCount(0, match.range.first + match.groupValues[1].length))
    }
    val ends = BooleanArray(points.size + 1)
    var closes = true // whether what follows is punctuation up to a space or the end
    for (place in points.size downTo 1) {
        val after = if (place < points.size) points[place] else ' '.code
        val before = points[place - 1]
        closes = isSpace(after) || (closes && isIn(after, TRAILING))
        val finishes = closes || isIn(after, CLOSING) || isUnspaced(before) || isUnspaced(after) || place in dates
        ends[place] = !isSpace(before) && finishes
    }
    return ends.indices.filter { ends[it] }.toIntArray()
}

/**
 * The regions that may be quoted, in prompt order; those without text are left out.
 *
 * @property texts their transcriptions, stripped.
 * @property leads code points that stripping took from the left.
 * @property successors positions (not regions) that a span may run on to.
 */
internal class QuotableText(
    val regions: IntArray,
    val texts: List<String>,
    val leads: IntArray,
    val successors: List<IntArray>,
    val relevance: DoubleArray,
) {
    companion object {
        /** Collects the quotable regions of the prompt; [geometry] (N, 4) and [relevance] (N,) are by region. */
        fun fromRows(rows: List<List<Piece>>, geometry: FloatArray, relevance: FloatArray): QuotableText {
            val pieces = ArrayList<Piece>()
            val rowOf = IntList()
            for ((number, row) in rows.withIndex()) {
                for (piece in row) {
                    if (piece.text.points().all(::isSpace)) continue
                    pieces.add(piece)
                    rowOf.add(number)
                }
            }
            val row = rowOf.toArray()
            val below = below(pieces, row, geometry)
            val successors = pieces.indices.map { place ->
                val following = IntList()
                val other = place + 1
                if (other < pieces.size && pieces[other].page == pieces[place].page &&
                    (pieces[other].cell == pieces[place].cell || row[other] == row[place])
                ) {
                    following.add(other)
                }
                if (below[place] >= 0 && (following.size == 0 || below[place] != other)) following.add(below[place])
                following.toArray()
            }
            val lines = pieces.map { oneLine(it.text).points() }
            val leads = IntArray(lines.size) { n -> lines[n].indexOfFirst { !isSpace(it) } }
            val texts = lines.indices.map { n ->
                lines[n].text(leads[n], lines[n].indexOfLast { !isSpace(it) } + 1)
            }
            return QuotableText(
                IntArray(pieces.size) { pieces[it].region },
                texts,
                leads,
                successors,
                DoubleArray(pieces.size) { relevance[pieces[it].region].toDouble() },
            )
        }
    }
}

/** Position of the nearest region below each one, in a later row of its cell; -1 for none. */
private fun below(pieces: List<Piece>, row: IntArray, geometry: FloatArray): IntArray {
    fun value(place: Int, column: Int) = geometry[4 * pieces[place].region + column].toDouble()
    val y = DoubleArray(pieces.size) { value(it, 1) }
    val width = DoubleArray(pieces.size) { value(it, 2) }
    val left = DoubleArray(pieces.size) { value(it, 0) - width[it] / 2 }
    val right = DoubleArray(pieces.size) { value(it, 0) + width[it] / 2 }
    val top = DoubleArray(pieces.size) { y[it] - value(it, 3) / 2 }
    val foot = DoubleArray(pieces.size) { y[it] + value(it, 3) / 2 }
    return IntArray(pieces.size) { i ->
        var nearest = -1
        var least = Double.POSITIVE_INFINITY
        for (j in pieces.indices) {
            if (row[j] <= row[i] || y[j] <= y[i]) continue
            if (pieces[j].page != pieces[i].page || pieces[j].cell != pieces[i].cell) continue
            val overlap = min(right[i], right[j]) - max(left[i], left[j])
            if (overlap < MIN_OVERLAP * max(min(width[i], width[j]), 1e-9)) continue
            val gap = top[j] - foot[i]
            if (gap < least) {
                least = gap
                nearest = j
            }
        }
        nearest
    }
}
