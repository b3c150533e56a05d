package org.pinpoint.edge.generation

import org.pinpoint.edge.BundleException
import org.pinpoint.edge.bundle.Json

private const val CACHED_TEXTS = 4096

/**
 * The language model's tokenizer: a byte-level BPE read from a `tokenizer.json`.
 *
 * Text that comes from a page or a user is never parsed for control tokens: `<|im_end|>` written on a form encodes as
 * ordinary characters. Control ids are reached only by name, through [controlId].
 */
internal class Tokenizer(source: ByteArray, private val where: String) {
    private val controls = HashMap<String, Int>()
    private val singleDigits: Boolean
    private val merges: PairTable
    private val idOfByte = IntArray(256) { -1 }

    /** The bytes of every id in order; control tokens are empty. */
    val bytesTable: Array<ByteArray>

    private val cache = object : LinkedHashMap<String, IntArray>(64, 0.75f, true) {
        override fun removeEldestEntry(eldest: MutableMap.MutableEntry<String, IntArray>) = size > CACHED_TEXTS
    }

    init {
        val root = Json.parse(source, where) as? Map<*, *> ?: broken("no object")
        val model = root["model"] as? Map<*, *> ?: broken("no model")
        if (model["type"] ?: "BPE" != "BPE") broken("no BPE")
        val vocabulary = model["vocab"] as? Map<*, *> ?: broken("no vocab")
        val ids = HashMap<String, Int>(2 * vocabulary.size)
        for ((token, id) in vocabulary) ids[token as String] = idOf(id)
        val added = HashSet<String>()
        for (token in (root["added_tokens"] as? List<*>).orEmpty()) {
            token as? Map<*, *> ?: broken("added_tokens")
            val content = token["content"] as? String ?: broken("added_tokens")
            ids[content] = idOf(token["id"])
            added.add(content)
            if (token["special"] == true) controls[content] = idOf(token["id"])
        }
        bytesTable = Array((ids.values.maxOrNull() ?: -1) + 1) { ByteArray(0) }
        for ((token, id) in ids) if (token !in controls) setBytes(id, token, token in added)
        val rules = model["merges"] as? List<*> ?: broken("no merges")
        merges = PairTable(rules.size)
        for ((rank, rule) in rules.withIndex()) addMerge(rank, rule, ids)
        singleDigits = preTokenizers(root["pre_tokenizer"]).any {
            it["type"] == "Digits" && it["individual_digits"] == true
        }
    }

    private fun broken(reason: String): Nothing =
        throw BundleException("The tokenizer in $where is broken ($reason): export the bundle again.")

    private fun idOf(value: Any?): Int {
        val id = value as? Long ?: broken("an id is no number")
        if (id !in 0 until MAX_VOCABULARY) broken("ids out of range")
        return id.toInt()
    }

    private fun setBytes(id: Int, token: String, plain: Boolean) {
        val bytes = if (plain) token.toByteArray() else bytesOf(token)
        bytesTable[id] = bytes
        if (bytes.size == 1) idOfByte[bytes[0].toInt() and 255] = id
    }

    private fun addMerge(rank: Int, rule: Any?, ids: Map<String, Int>) {
        val pair = if (rule is String) rule.split(' ') else rule as? List<*> ?: broken("merges")
        if (pair.size != 2) broken("merges")
        val left = pair[0] as? String ?: broken("merges")
        val right = pair[1] as? String ?: broken("merges")
        fun id(token: String) = ids[token] ?: broken("merges")
        merges.put(id(left), id(right), rank, id(left + right))
    }

    private fun preTokenizers(value: Any?): List<Map<*, *>> {
        val own = value as? Map<*, *> ?: return emptyList()
        val inner = own["pretokenizers"] as? List<*> ?: return listOf(own)
        return inner.flatMap(::preTokenizers)
    }

    private fun bytesOf(token: String): ByteArray {
        val bytes = ByteArray(token.length)
        for ((i, character) in token.withIndex()) {
            val byte = BYTE_OF_STAND_IN.getOrElse(character.code) { -1 }
            if (byte < 0) broken("token '$token'")
            bytes[i] = byte.toByte()
        }
        return bytes
    }

    /** Number of ids, control tokens included; the first visual id follows the last one. */
    val vocabulary: Int get() = bytesTable.size

    /** Id of a control token such as `<|im_end|>`. */
    fun controlId(name: String): Int = controls[name] ?: throw BundleException(
        "The tokenizer has no control token '$name': export the bundle again with a chat-tuned model.",
    )

    /** Ids of the text; control tokens are never produced. The array is shared: do not change it. */
    fun encode(text: String): IntArray = cache.getOrPut(text) {
        val ids = IntList()
        for (piece in pieces(text, singleDigits)) merge(piece.toByteArray(), ids)
        ids.toArray()
    }

    /** Joins the bytes of a piece, the earliest rule first, the leftmost place of equals. */
    private fun merge(bytes: ByteArray, into: IntList) {
        val ids = IntArray(bytes.size) { idOfByte[bytes[it].toInt() and 255] }
        var size = ids.size
        while (size > 1) {
            var best = -1
            var lowest = Int.MAX_VALUE
            for (i in 0 until size - 1) {
                val rank = merges.rank(ids[i], ids[i + 1])
                if (rank < lowest) {
                    lowest = rank
                    best = i
                }
            }
            if (best < 0) break
            ids[best] = merges.joined(ids[best], ids[best + 1])
            ids.copyInto(ids, best + 1, best + 2, size)
            size--
        }
        for (i in 0 until size) if (ids[i] >= 0) into.add(ids[i])
    }

    private companion object {
        const val MAX_VOCABULARY = 1 shl 22
    }
}

/** From two ids to the rank of their merge and the id that it makes: open addressing, without boxes. */
private class PairTable(count: Int) {
    private val mask = Integer.highestOneBit(maxOf(count, 8) * 2) * 2 - 1
    private val keys = LongArray(mask + 1) { -1 }
    private val ranks = IntArray(mask + 1)
    private val results = IntArray(mask + 1)

    private fun slot(left: Int, right: Int): Int {
        val key = (left.toLong() shl 32) or (right.toLong() and 0xFFFFFFFFL)
        var at = ((key * -0x61c8864680b583ebL) ushr 40).toInt() and mask
        while (keys[at] != -1L && keys[at] != key) at = (at + 1) and mask
        return at
    }

    fun put(left: Int, right: Int, rank: Int, result: Int) {
        val at = slot(left, right)
        if (keys[at] != -1L) return
        keys[at] = (left.toLong() shl 32) or (right.toLong() and 0xFFFFFFFFL)
        ranks[at] = rank
        results[at] = result
    }

    fun rank(left: Int, right: Int): Int = slot(left, right).let { if (keys[it] == -1L) Int.MAX_VALUE else ranks[it] }

    fun joined(left: Int, right: Int): Int = results[slot(left, right)]
}

/** A growing list of ids. */
internal class IntList {
    private var values = IntArray(16)

    var size: Int = 0
        private set

    fun add(value: Int) {
        if (size == values.size) values = values.copyOf(2 * size)
        values[size++] = value
    }

    fun addAll(more: IntArray) {
        for (value in more) add(value)
    }

    fun toArray(): IntArray = values.copyOf(size)
}
