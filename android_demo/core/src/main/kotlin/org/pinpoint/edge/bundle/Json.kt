package org.pinpoint.edge.bundle

import org.pinpoint.edge.BundleException

private const val MAX_DEPTH = 100

/**
 * JSON read strictly: no key twice in one object, no NaN, nothing after the value.
 *
 * Values are Map, List, String, Long, Double, Boolean or null.
 */
internal class Json private constructor(private val text: CharArray, private val where: String) {
    private var at = 0

    private fun fail(reason: String): Nothing = throw BundleException(
        "$where is not valid JSON: $reason at character $at. Make or download the bundle again.",
    )

    private fun value(depth: Int): Any? {
        if (depth > MAX_DEPTH) fail("nested too deep")
        space()
        return when (val next = peek()) {
            '{' -> members(depth)
            '[' -> elements(depth)
            '"' -> string()
            't' -> word("true", true)
            'f' -> word("false", false)
            'n' -> word("null", null)
            '-', in '0'..'9' -> number()
            else -> fail("unexpected '$next'")
        }
    }

    private fun members(depth: Int): Map<String, Any?> {
        val found = LinkedHashMap<String, Any?>()
        at++
        space()
        if (peek() == '}') return found.also { at++ }
        while (true) {
            space()
            if (peek() != '"') fail("a key is missing")
            val key = string()
            space()
            if (peek() != ':') fail("':' is missing")
            at++
            if (key in found) fail("the key '${key.take(80)}' is there twice")
            found[key] = value(depth + 1)
            space()
            when (peek()) {
                ',' -> at++
                '}' -> return found.also { at++ }
                else -> fail("',' or '}' is missing")
            }
        }
    }

    private fun elements(depth: Int): List<Any?> {
        val found = ArrayList<Any?>()
        at++
        space()
        if (peek() == ']') return found.also { at++ }
        while (true) {
            found.add(value(depth + 1))
            space()
            when (peek()) {
                ',' -> at++
                ']' -> return found.also { at++ }
                else -> fail("',' or ']' is missing")
            }
        }
    }

    private fun string(): String {
        at++
        val start = at
        while (at < text.size && text[at] != '"' && text[at] != '\\' && text[at] >= ' ') at++
        if (peek() == '"') return String(text, start, at++ - start)
        val result = StringBuilder().append(text, start, at - start)
        while (true) {
            when (val next = peek()) {
                '"' -> return result.toString().also { at++ }
                '\\' -> result.append(escaped())
                else -> {
                    if (next < ' ') fail("a control character is in a string")
                    result.append(next)
                    at++
                }
            }
        }
    }

    private fun escaped(): Char {
        at++
        val kind = peek()
        at++
        return when (kind) {
            '"', '\\', '/' -> kind
            'b' -> '\b'
            'f' -> '\u000C'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            'u' -> {
                if (at + 4 > text.size) fail("an escape is cut short")
                val digits = String(text, at, 4)
                if (!digits.all { it in '0'..'9' || it in 'a'..'f' || it in 'A'..'F' }) fail("an escape is broken")
                at += 4
                digits.toInt(16).toChar()
            }
            else -> fail("an escape is broken")
        }
    }

    private fun number(): Any {
        val start = at
        if (text[at] == '-') at++
        val leading = peek()
        if (digits() > 1 && leading == '0') fail("a number is broken")
        val end = at
        if (at < text.size && text[at] == '.') {
            at++
            digits()
        }
        if (at < text.size && (text[at] == 'e' || text[at] == 'E')) {
            at++
            if (peek() == '+' || peek() == '-') at++
            digits()
        }
        val written = String(text, start, at - start)
        if (at == end) return written.toLongOrNull() ?: fail("a number is too large")
        val value = written.toDouble()
        if (value.isInfinite()) fail("a number is too large")
        return value
    }

    /** Goes behind digits; returns how many there are, at least one. */
    private fun digits(): Int {
        val start = at
        while (at < text.size && text[at] in '0'..'9') at++
        if (at == start) fail("a number is broken")
        return at - start
    }

    private fun word(word: String, value: Any?): Any? {
        if (word.indices.any { text.getOrNull(at + it) != word[it] }) fail("unexpected '${text[at]}'")
        at += word.length
        return value
    }

    private fun peek(): Char = if (at < text.size) text[at] else fail("the text is cut short")

    private fun space() {
        while (at < text.size && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++
    }

    companion object {
        /** The value of UTF-8 bytes; [where] names the source in messages. Raises [BundleException]. */
        fun parse(raw: ByteArray, where: String): Any? {
            val decoder = Charsets.UTF_8.newDecoder()
            val text = try {
                val characters = decoder.decode(java.nio.ByteBuffer.wrap(raw))
                CharArray(characters.remaining()).also(characters::get)
            } catch (error: java.nio.charset.CharacterCodingException) {
                throw BundleException("$where is not UTF-8. Make or download the bundle again.", error)
            }
            val reader = Json(text, where)
            return reader.value(0).also {
                reader.space()
                if (reader.at < text.size) reader.fail("something follows the value")
            }
        }
    }
}
