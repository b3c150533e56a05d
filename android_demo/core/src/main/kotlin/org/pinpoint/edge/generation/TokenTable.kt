package org.pinpoint.edge.generation

/**
 * Tokens by their bytes as a trie, made once a tokenizer.
 *
 * @property bytesTable the bytes of every id in order, empty for control tokens.
 * @property endId the token that ends an answer.
 */
internal class TokenTable(val bytesTable: Array<ByteArray>, val endId: Int) {
    // Children of a node lie between first[node] and first[node + 1], by rising byte.
    private val first: IntArray
    private val bytes: ByteArray
    private val tokens: IntArray

    init {
        val order = bytesTable.indices.filter { bytesTable[it].isNotEmpty() }.sortedWith { one, other ->
            compare(bytesTable[one], bytesTable[other]).let { if (it != 0) it else one - other }
        }.toIntArray()
        val starts = IntList()
        val labels = IntList()
        val ids = IntList()
        // Breadth first: each node is a range of the sorted tokens that share its bytes.
        var ranges = listOf(intArrayOf(0, order.size))
        labels.add(0)
        ids.add(-1)
        var next = 1
        var depth = 0
        while (ranges.isNotEmpty()) {
            val deeper = ArrayList<IntArray>()
            for ((from, to) in ranges) {
                starts.add(next)
                var at = from
                while (at < to && bytesTable[order[at]].size <= depth) at++
                while (at < to) {
                    val label = bytesTable[order[at]][depth]
                    var end = at
                    while (end < to && bytesTable[order[end]][depth] == label) end++
                    labels.add(label.toInt())
                    ids.add(if (bytesTable[order[at]].size == depth + 1) order[at] else -1)
                    deeper.add(intArrayOf(at, end))
                    next++
                    at = end
                }
            }
            ranges = deeper
            depth++
        }
        starts.add(next)
        first = starts.toArray()
        tokens = ids.toArray()
        val all = labels.toArray()
        bytes = ByteArray(all.size) { all[it].toByte() }
    }

    /** The node one byte on from [node], -1 for none; 0 is the root. */
    fun child(node: Int, byte: Byte): Int {
        var low = first[node]
        var high = first[node + 1] - 1
        val wanted = byte.toInt() and 255
        while (low <= high) {
            val middle = (low + high) ushr 1
            val own = bytes[middle].toInt() and 255
            if (own == wanted) return middle
            if (own < wanted) low = middle + 1 else high = middle - 1
        }
        return -1
    }

    /** The token that ends at a node, -1 for none. */
    fun token(node: Int): Int = tokens[node]

    /** The longest token that begins a text. */
    fun longest(text: ByteArray): Int {
        var node = 0
        var found = -1
        for (byte in text) {
            node = child(node, byte)
            if (node < 0) break
            if (tokens[node] >= 0) found = tokens[node]
        }
        return found
    }
}

private fun compare(one: ByteArray, other: ByteArray): Int {
    for (i in 0 until minOf(one.size, other.size)) {
        val difference = (one[i].toInt() and 255) - (other[i].toInt() and 255)
        if (difference != 0) return difference
    }
    return one.size - other.size
}
