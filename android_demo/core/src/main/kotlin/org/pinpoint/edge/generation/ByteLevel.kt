package org.pinpoint.edge.generation

import org.pinpoint.edge.text.isLetter
import org.pinpoint.edge.text.isNumber
import org.pinpoint.edge.text.isSpace
import org.pinpoint.edge.text.points
import org.pinpoint.edge.text.text

/*
 * The byte-level alphabet of GPT-2 and the pieces that a text is cut into before its bytes are merged
 * (Radford et al. 2019).
 */

/** The byte of each printable stand-in, by its code point; -1 for none. */
internal val BYTE_OF_STAND_IN: IntArray = IntArray(0x144) { -1 }.also { table ->
    var next = 256
    for (byte in 0..255) {
        val printable = byte in 0x21..0x7E || byte in 0xA1..0xAC || byte in 0xAE..0xFF
        table[if (printable) byte else next++] = byte
    }
}

private val CONTRACTIONS = listOf("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")

/** Cuts a text into pieces: digits one by one, then words with the space before them, as GPT-2's pattern does. */
internal fun pieces(text: String, singleDigits: Boolean): List<String> {
    val points = text.points()
    if (!singleDigits) return ArrayList<String>().also { words(points, it) }
    val found = ArrayList<String>()
    var start = 0
    for (i in points.indices) {
        if (!isNumber(points[i])) continue
        if (i > start) words(points.copyOfRange(start, i), found)
        words(points.copyOfRange(i, i + 1), found)
        start = i + 1
    }
    if (start < points.size) words(points.copyOfRange(start, points.size), found)
    return found
}

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
private fun words(points: IntArray, into: MutableList<String>) {
    var at = 0
    while (at < points.size) {
        val end = contraction(points, at) ?: word(points, at) ?: spaces(points, at)
        into.add(points.text(at, end))
        at = end
    }
}

private fun contraction(points: IntArray, at: Int): Int? {
    if (points[at] != '\''.code) return null
    val found = CONTRACTIONS.firstOrNull { text ->
        at + text.length <= points.size && text.indices.all { points[at + it] == text[it].code }
    }
    return found?.let { at + it.length }
}

private fun word(points: IntArray, at: Int): Int? {
    val start = if (points[at] == ' '.code && at + 1 < points.size) at + 1 else at
    val kind = kindOf(points[start])
    if (kind == SPACE) return null
    var end = start
    while (end < points.size && kindOf(points[end]) == kind) end++
    return end
}

/** Spaces up to the last one before a word, which belongs to the word. */
private fun spaces(points: IntArray, at: Int): Int {
    var end = at
    while (end < points.size && isSpace(points[end])) end++
    return if (end < points.size && end - at > 1) end - 1 else end
}

private const val SPACE = 0

private fun kindOf(point: Int): Int = when {
    isSpace(point) && point !in 0x1C..0x1F -> SPACE
    isLetter(point) -> 1
    isNumber(point) -> 2
    else -> 3
}
