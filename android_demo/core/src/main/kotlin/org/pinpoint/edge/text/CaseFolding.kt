package org.pinpoint.edge.text

import java.util.Locale

/**
 * Full case folding by Unicode, character by character.
 *
 * Folding is what lower case makes of the full upper case, with three exceptions, and Cherokee, which folds upwards. This
 * holds for every code point of Unicode 13.
 */
internal fun foldCase(text: String): String {
    if (text.all { it.code < 0x80 }) return text.lowercase(Locale.ROOT)
    val result = StringBuilder(text.length)
    for (point in text.points()) {
        when (point) {
            0x130 -> result.append("i\u0307")
            0x131 -> result.appendCodePoint(point)
            0x1E9E -> result.append("ss")
            in 0x13A0..0x13FF, in 0xAB70..0xABBF -> result.appendCodePoint(Character.toUpperCase(point))
            else -> {
                val upper = String(Character.toChars(point)).uppercase(Locale.ROOT)
                for (part in upper.points()) result.appendCodePoint(Character.toLowerCase(part))
            }
        }
    }
    return result.toString()
}
