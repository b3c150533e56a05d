package org.pinpoint.edge.generation

import org.pinpoint.edge.Kind
import org.pinpoint.edge.OptionException
import org.pinpoint.edge.text.points
import org.pinpoint.edge.text.text

private const val GAP = """[\s\p{Z}]"""
private val COUNTING = Regex(
    """(?i)$GAP*(how$GAP+many|(the$GAP+|what$GAP+is$GAP+the$GAP+)?number$GAP+of|count)(?![\p{L}\p{N}_])""",
)
private const val MAX_COUNT = 99
private const val SPACE: Byte = 0x20

/** A part of a region's transcription: characters [start] up to, not with, [end]. */
internal data class Span(val region: Int, val start: Int, val end: Int)

/**
 * An answer as a place in the quotable text.
 *
 * @property pieces parts that the words were read from; empty unless [kind] is a span.
 * @property alternatives the pieces of other places with the same words.
 * @property complete false when the token limit cut the answer back to its last whole word, or to "not found".
 */
internal class Found(
    val text: String,
    val kind: Kind,
    val pieces: List<Span> = emptyList(),
    val alternatives: List<List<Span>> = emptyList(),
    val complete: Boolean = true,
)

private class Node(
    val text: ByteArray,
    val starts: IntArray,
    val ends: BooleanArray,
    val successors: IntArray,
    val kind: Kind,
    val relevance: Double,
)

/** How a live state was reached: parts of earlier nodes, then [node] from byte [start] on. */
private class Path(val node: Int, val start: Int, val closed: List<Span>, val relevance: Double) {
    /** Better is more relevant, then of fewer parts, then the earlier place. */
    fun isBetterThan(other: Path): Boolean = BEST_FIRST.compare(this, other) < 0

    companion object {
        val BEST_FIRST: Comparator<Path> = compareBy<Path> { -it.relevance }.thenBy { it.closed.size }
            .thenBy { it.closed.firstOrNull()?.region ?: it.node }
            .thenBy { it.closed.firstOrNull()?.start ?: it.start }
    }
}

/**
 * The automaton of constrained decoding: ask [allowed], [push] the token chosen, [finish] after the end token.
 *
 * A state is a byte offset in the quotable text; a token is allowed when its bytes continue the text at a live state.
 */
internal class Automaton(val table: TokenTable, private val quotable: QuotableText, question: String) {
    private val nodes = nodesOf(quotable, question)
    private var live = LinkedHashMap<Long, Path>()
    private var emitted: ByteArray? = null // null until the space before the answer has come
    private var atEnd = false
    private var whole = "" // the answer up to its last word end, and the paths that lead there
    private var wholePaths: List<Pair<Long, Path>> = emptyList()
    private var finished = false

    init {
        for ((number, node) in nodes.withIndex()) {
            for (start in node.starts) live[state(number, start)] = Path(number, start, emptyList(), node.relevance)
        }
    }

    /** Ids, ascending, that may come next; the end token among them at a word end. */
    fun allowed(): IntArray {
        if (finished) return IntArray(0)
        val found = HashSet<Int>()
        var from = 0
        if (emitted == null) {
            from = table.child(0, SPACE)
            if (from < 0) return IntArray(0)
            if (table.token(from) >= 0) found.add(table.token(from))
        }
        for (key in live.keys) collect(nodeOf(key), offsetOf(key), from, found)
        if (atEnd) found.add(table.endId)
        return found.toIntArray().apply { sort() }
    }

    /** Adds the tokens from a node of the trie on whose bytes continue the state. */
    private fun collect(number: Int, offset: Int, from: Int, found: MutableSet<Int>) {
        val node = nodes[number]
        var at = from
        for (i in offset until node.text.size) {
            at = table.child(at, node.text[i])
            if (at < 0) return
            if (table.token(at) >= 0) found.add(table.token(at))
        }
        if (node.successors.isEmpty()) return
        at = table.child(at, SPACE)
        if (at < 0) return
        if (table.token(at) >= 0) found.add(table.token(at))
        for (successor in node.successors) collect(successor, 0, at, found)
    }

    /** Appends a token; raises [OptionException] when it is not allowed here. */
    fun push(token: Int) {
        if (token == table.endId) {
            if (finished || !atEnd) throw OptionException("The answer cannot end here: it is not at the end of a word.")
            finished = true
            return
        }
        val bytes = table.bytesTable[token]
        val opens = emitted == null // the first byte of an answer is the space before it
        val rest = if (opens) bytes.copyOfRange(minOf(1, bytes.size), bytes.size) else bytes
        val next = LinkedHashMap<Long, Path>()
        if (bytes.isNotEmpty() && !finished && (!opens || bytes[0] == SPACE)) {
            for ((key, path) in live) advance(nodeOf(key), offsetOf(key), path, rest, 0, next)
        }
        if (next.isEmpty()) {
            throw OptionException("Token $token does not continue the text: push only what allowed() gives.")
        }
        live = next
        val all = (emitted ?: ByteArray(0)) + rest
        emitted = all
        val ended = live.entries.filter { nodes[nodeOf(it.key)].ends[offsetOf(it.key)] }
        atEnd = ended.isNotEmpty() && all.isNotEmpty()
        if (atEnd) {
            whole = String(all, Charsets.UTF_8)
            wholePaths = ended.map { it.key to it.value }
        }
    }

    private fun advance(number: Int, offset: Int, path: Path, rest: ByteArray, from: Int, into: HashMap<Long, Path>) {
        val text = nodes[number].text
        val own = minOf(text.size - offset, rest.size - from)
        for (i in 0 until own) if (text[offset + i] != rest[from + i]) return
        if (rest.size - from <= text.size - offset) {
            val key = state(number, offset + own)
            val best = into[key]
            if (best == null || path.isBetterThan(best)) into[key] = path
            return
        }
        if (rest[from + own] != SPACE) return
        val closed = path.closed + Span(number, path.start, text.size)
        for (successor in nodes[number].successors) {
            val relevance = maxOf(path.relevance, nodes[successor].relevance)
            advance(successor, 0, Path(successor, 0, closed, relevance), rest, from + own + 1, into)
        }
    }

    /** The answer so far, cut back to its last whole word when it did not end by itself. */
    fun finish(): Found {
        if (wholePaths.isEmpty()) return Found(NOT_FOUND, Kind.NOT_FOUND, complete = false)
        val kinds = wholePaths.map { nodes[nodeOf(it.first)].kind }
        if (Kind.NOT_FOUND in kinds) return Found(whole, Kind.NOT_FOUND, complete = finished)
        val spans = wholePaths.filter { nodes[nodeOf(it.first)].kind == Kind.SPAN }
        if (spans.isEmpty()) return Found(whole, kinds.first(), complete = finished)
        val pieces = spans.sortedWith { one, other -> Path.BEST_FIRST.compare(one.second, other.second) }
            .map { (key, path) -> pieces(path.closed + Span(path.node, path.start, offsetOf(key))) }
        return Found(whole, Kind.SPAN, pieces.first(), pieces.drop(1), finished)
    }

    /** Parts of nodes in bytes as parts of transcriptions in characters. */
    private fun pieces(parts: List<Span>): List<Span> = parts.map { (node, start, end) ->
        val text = nodes[node].text
        val first = characters(text, 0, start) + quotable.leads[node]
        Span(quotable.regions[node], first, first + characters(text, start, end))
    }
}

private fun state(node: Int, offset: Int): Long = (node.toLong() shl 32) or offset.toLong()

private fun nodeOf(state: Long): Int = (state shr 32).toInt()

private fun offsetOf(state: Long): Int = state.toInt()

/** Characters in a range of UTF-8: the bytes that continue none. */
private fun characters(text: ByteArray, from: Int, to: Int): Int =
    (from until to).count { text[it].toInt() and 0xC0 != 0x80 }

private fun nodesOf(quotable: QuotableText, question: String): List<Node> {
    val nodes = quotable.texts.mapIndexed { place, text ->
        val points = text.points()
        val offsets = IntArray(points.size + 1)
        for (i in points.indices) offsets[i + 1] = offsets[i] + points.text(i, i + 1).toByteArray().size
        val ends = BooleanArray(offsets.last() + 1)
        for (end in wordEnds(text)) ends[offsets[end]] = true
        Node(
            text.toByteArray(),
            wordStarts(text).map { offsets[it] }.toIntArray(),
            ends,
            quotable.successors[place],
            Kind.SPAN,
            quotable.relevance[place],
        )
    }
    val fixed = arrayListOf("yes" to Kind.YES, "no" to Kind.NO, NOT_FOUND to Kind.NOT_FOUND)
    if (COUNTING.matchesAt(question, 0)) for (number in 0..MAX_COUNT) fixed.add("$number" to Kind.COUNT)
    return nodes + fixed.map { (text, kind) ->
        val ends = BooleanArray(text.length + 1)
        ends[text.length] = true
        Node(text.toByteArray(), intArrayOf(0), ends, IntArray(0), kind, 0.0)
    }
}
