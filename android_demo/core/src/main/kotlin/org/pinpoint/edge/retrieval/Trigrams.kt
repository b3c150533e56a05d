package org.pinpoint.edge.retrieval

import java.text.Normalizer
import kotlin.math.ln1p
import kotlin.math.max
import kotlin.math.min
import org.pinpoint.edge.text.foldCase
import org.pinpoint.edge.text.isLetter
import org.pinpoint.edge.text.isMark
import org.pinpoint.edge.text.isNumber
import org.pinpoint.edge.text.points
import org.pinpoint.edge.text.text
import org.pinpoint.edge.vision.layout.Layout

/*
 * Character trigrams: a literal matcher between a question and the rough readings of regions (docs/bundle.md, step 8).
 */

/** Ids run from 1 to this; 0 means none. */
private const val BUCKETS = 4095

/** Of the narrower box, to count as below. */
private const val MIN_OVERLAP = 0.3

/** Columns of the match features. */
internal const val MATCH_COLUMNS = 6

private val STOP_WORDS = (
    "a an and any are as at be by can could did do does find for from give given has have her his how i in is it its " +
        "listed many me mentioned much of on or page please printed shown stated tell that the their there this to " +
        "value was were what whats when where which who whom whose why with written you " +
        // German, French, Spanish, Portuguese, Italian; without accents.
        "auf bitte das dem den der des die ein eine einem einen einer fur ist lautet sind steht und wann welche welchem " +
        "welchen welcher welches wer wie wo zu d aux de combien du est la l le les quand que quel quelle quelles quels qui " +
        "sont sur une cual cuales cuando cuanto cuantos del donde el en es las los por quien son una com como dos da em " +
        "onde os para qual quanto quantos quem sao um uma che chi della di dove gli il lo nel per quale quali quando sono un"
    ).split(" ").toSet()

private const val OPENING_QUOTES = "\"“”„«"
private const val CLOSING_QUOTES = "\"“”»"
private const val QUOTES = "\"“”„«»"

/** NFKC, case folded, no accents; letters, marks and digits stay, all else becomes single spaces; stripped. */
internal fun normalise(text: String): String {
    val folded = if (text.all { it.code < 0x80 }) foldCase(text) else withoutAccents(text)
    val result = StringBuilder(folded.length)
    var pending = false
    var i = 0
    while (i < folded.length) {
        val point = folded.codePointAt(i)
        i += Character.charCount(point)
        if (isLetter(point) || isMark(point) || isNumber(point)) {
            if (pending && result.isNotEmpty()) result.append(' ')
            pending = false
            result.appendCodePoint(point)
        } else {
            pending = true
        }
    }
    return result.toString()
}

private fun withoutAccents(text: String): String {
    val folded = Normalizer.normalize(foldCase(Normalizer.normalize(text, Normalizer.Form.NFKC)), Normalizer.Form.NFKC)
    val bare = Normalizer.normalize(folded, Normalizer.Form.NFD).filterNot { it in '\u0300'..'\u036F' }
    return Normalizer.normalize(bare, Normalizer.Form.NFC)
}

private fun words(text: String): List<IntArray> =
    normalise(text).split(' ').filter { it.isNotEmpty() }.map { it.points() }

/** Number of trigrams of a text. */
internal fun trigramCount(text: String): Int = words(text).sumOf { it.size }

/** Bucket ids of the text's trigrams in order, cut or filled with 0 to [length]. */
internal fun trigramIds(text: String, length: Int): IntArray {
    val ids = IntArray(length)
    var at = 0
    for (word in words(text)) {
        val marked = intArrayOf('^'.code) + word + '$'.code
        for (start in word.indices) {
            if (at == length) return ids
            ids[at++] = bucket(marked, start)
        }
    }
    return ids
}

/** FNV-1a, 32 bits, over the UTF-8 bytes of three code points (Fowler, Noll, Vo). */
private fun bucket(points: IntArray, start: Int): Int {
    var value = 0x811C9DC5.toInt()
    for (byte in points.text(start, start + 3).toByteArray()) {
        value = (value xor (byte.toInt() and 255)) * 0x01000193
    }
    return ((value.toLong() and 0xFFFFFFFFL) % BUCKETS).toInt() + 1
}

/** The part of a question to match: what it quotes, else its words without stop words, else all of it. */
internal fun content(question: String): String {
    val quoted = normalise(quotations(question).joinToString(" "))
    if (quoted.isNotEmpty()) return quoted
    val words = normalise(question).split(' ').filter { it.isNotEmpty() }
    return words.filter { it !in STOP_WORDS }.ifEmpty { words }.joinToString(" ")
}

private fun quotations(text: String): List<String> {
    val found = ArrayList<String>()
    var at = 0
    while (at < text.length) {
        if (text[at] in OPENING_QUOTES) {
            val end = (at + 1 until text.length).firstOrNull { text[it] in QUOTES }
            if (end != null && end > at + 1 && text[end] in CLOSING_QUOTES) {
                found.add(text.substring(at + 1, end))
                at = end
            }
        }
        at++
    }
    return found
}

/** Trigram ids of a question; one that is too long keeps its content words. */
internal fun instructionIds(question: String, length: Int): IntArray =
    trigramIds(if (trigramCount(question) <= length) question else content(question), length)

/** Distinct trigrams of a text, each packed into 63 bits, sorted. */
internal fun trigramCodes(text: String): LongArray {
    val found = ArrayList<Long>()
    for (word in words(text)) {
        val marked = intArrayOf('^'.code) + word + '$'.code
        for (i in word.indices) {
            found.add((marked[i].toLong() shl 42) or (marked[i + 1].toLong() shl 21) or marked[i + 2].toLong())
        }
    }
    return found.toSortedSet().toLongArray()
}

/** How much a question is in each of a page's readings, 0 to 1: an F2 measure of rare trigrams. */
internal fun similarity(question: String, readings: List<String>): FloatArray {
    val count = readings.size
    val result = FloatArray(count)
    val wanted = trigramCodes(content(question))
    val lists = readings.map(::trigramCodes)
    if (count == 0 || wanted.isEmpty() || lists.all { it.isEmpty() }) return result
    val frequency = HashMap<Long, Int>()
    for (list in lists) for (code in list) frequency[code] = (frequency[code] ?: 0) + 1
    fun weight(code: Long) = ln1p(count / (1.0 + (frequency[code] ?: 0)))
    val questionWeight = wanted.sumOf(::weight)
    for ((i, list) in lists.withIndex()) {
        var reading = 0.0
        var shared = 0.0
        for (code in list) {
            val own = weight(code)
            reading += own
            if (wanted.binarySearch(code) >= 0) shared += own
        }
        // F2 = 5 P R / (4 P + R), with P = shared / reading and R = shared / question.
        result[i] = (5.0 * shared / (reading + 4.0 * questionWeight)).toFloat()
    }
    return result
}

/** Literal-match features (N, 6) of the regions of one page, each 0 to 1. */
internal fun matchFeatures(question: String, readings: List<String>, layout: Layout): FloatArray {
    val own = similarity(question, readings)
    val count = own.size
    val result = FloatArray(count * MATCH_COLUMNS)
    val top = own.maxOrNull() ?: 0f
    val left = bestLeft(own, layout.rows)
    val above = Above(layout)
    for (i in 0 until count) {
        var nearest = -1
        var gap = Double.POSITIVE_INFINITY
        var other = 0f
        var over = 0f
        for (j in 0 until count) {
            val sameCell = layout.cell[i] == layout.cell[j]
            if (sameCell && i != j) other = max(other, own[j])
            if (!above.holds(i, j)) continue
            if (above.gap(i, j) < gap) {
                gap = above.gap(i, j)
                nearest = j
            }
            val sameBlock = if (layout.table[i] >= 0) layout.table[i] == layout.table[j] else sameCell
            if (sameBlock) over = max(over, own[j])
        }
        val at = i * MATCH_COLUMNS
        result[at] = own[i]
        result[at + 1] = left[i]
        result[at + 2] = if (nearest < 0) 0f else own[nearest]
        result[at + 3] = if (top > 0f) own[i] / top else 0f
        result[at + 4] = other
        result[at + 5] = over
    }
    return result
}

/** Which regions lie above which, and how far. */
private class Above(layout: Layout) {
    private val row = IntArray(layout.cell.size)
    private val y: DoubleArray
    private val left: DoubleArray
    private val right: DoubleArray
    private val top: DoubleArray
    private val foot: DoubleArray
    private val width: DoubleArray

    init {
        for ((number, places) in layout.rows.withIndex()) for (place in places) row[place] = number
        val g = layout.geometry
        val count = row.size
        y = DoubleArray(count) { g[4 * it + 1].toDouble() }
        width = DoubleArray(count) { g[4 * it + 2].toDouble() }
        left = DoubleArray(count) { g[4 * it].toDouble() - width[it] / 2 }
        right = DoubleArray(count) { g[4 * it].toDouble() + width[it] / 2 }
        top = DoubleArray(count) { y[it] - g[4 * it + 3].toDouble() / 2 }
        foot = DoubleArray(count) { y[it] + g[4 * it + 3].toDouble() / 2 }
    }

    /** Whether region j lies above region i: of an earlier row, its middle higher, with enough overlap. */
    fun holds(i: Int, j: Int): Boolean {
        if (row[j] >= row[i] || y[j] >= y[i]) return false
        val overlap = min(right[i], right[j]) - max(left[i], left[j])
        return overlap >= MIN_OVERLAP * max(min(width[i], width[j]), 1e-9)
    }

    fun gap(i: Int, j: Int): Double = top[i] - foot[j]
}

private fun bestLeft(scores: FloatArray, rows: List<List<Int>>): FloatArray {
    val best = FloatArray(scores.size)
    for (row in rows) {
        var most = Float.NEGATIVE_INFINITY
        for (n in 1 until row.size) {
            most = max(most, scores[row[n - 1]])
            best[row[n]] = most
        }
    }
    return best
}
