package org.pinpoint.edge.text

/*
 * Characters as docs/bundle.md counts and classes them: code points, by Unicode's categories, on the JVM and on Android.
 */

/** The code points of a text. */
internal fun String.points(): IntArray {
    val result = IntArray(codePointCount(0, length))
    var at = 0
    var i = 0
    while (i < length) {
        val point = codePointAt(i)
        result[at++] = point
        i += Character.charCount(point)
    }
    return result
}

/** The text of some code points. */
internal fun IntArray.text(from: Int = 0, to: Int = size): String = String(this, from, to - from)

/** Unicode's White_Space, and U+001C to U+001F. */
internal fun isSpace(point: Int): Boolean = when (point) {
    in 0x09..0x0D, in 0x1C..0x20, 0x85, 0xA0, 0x1680, in 0x2000..0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true
    else -> false
}

/** Unicode's categories N. */
internal fun isNumber(point: Int): Boolean = when (Character.getType(point).toByte()) {
    Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true
    else -> false
}

internal fun isLetter(point: Int): Boolean = Character.isLetter(point)

/** Unicode's categories M. */
internal fun isMark(point: Int): Boolean = when (Character.getType(point).toByte()) {
    Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true
    else -> false
}

internal fun isLetterOrDigit(point: Int): Boolean = isLetter(point) || isNumber(point)

/** The text without spaces at its ends. */
internal fun String.stripped(): String {
    val points = points()
    var from = 0
    var to = points.size
    while (from < to && isSpace(points[from])) from++
    while (to > from && isSpace(points[to - 1])) to--
    return points.text(from, to)
}
