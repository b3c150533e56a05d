package org.pinpoint.edge.generation

import org.pinpoint.edge.InstructionException
import org.pinpoint.edge.text.stripped

/*
 * The prompt: evidence first, question last, so that everything before the question can be cached
 * (docs/bundle.md, step 10).
 */

internal const val START = "<|im_start|>"
internal const val END = "<|im_end|>"
internal const val NOT_FOUND = "not found"
internal const val MAX_QUESTION = 2000

/** One region of the evidence. */
internal class Piece(
    val region: Int,
    val text: String,
    val page: Int = 0,
    val cell: Int = 0,
    val table: Int = -1,
)

/**
 * The input of the language model.
 *
 * @property ids token ids; `vocabulary + k` is the slot of visual token k.
 * @property visualOrder region of each visual token, in slot order.
 * @property spans positions in [ids] of each region, start and end one after the other, in slot order.
 * @property prefixLength ids at the start that are the same in every prompt.
 * @property questionStart position where the question begins.
 */
internal class Prompt(
    val ids: IntArray,
    val visualOrder: IntArray,
    val spans: IntArray,
    val prefixLength: Int,
    val questionStart: Int,
)

/** The text with each line break as one space, so that offsets stay what they were. */
internal fun oneLine(text: String): String {
    if (text.none(::isLineBreak)) return text
    return String(CharArray(text.length) { if (isLineBreak(text[it])) ' ' else text[it] })
}

private fun isLineBreak(character: Char) = character in '\n'..'\r' || character == '\u0085' ||
    character == '\u2028' || character == '\u2029'

/** The question stripped and on one line; raises [InstructionException] when it is empty or too long. */
internal fun checkQuestion(question: String): String {
    val text = oneLine(question).stripped()
    if (text.isEmpty()) throw InstructionException("The question is empty: ask for something that is on the page.")
    val length = text.codePointCount(0, text.length)
    if (length > MAX_QUESTION) {
        throw InstructionException(
            "The question has $length characters, at most $MAX_QUESTION are read: shorten it or ask several questions.",
        )
    }
    return text
}

/** Ids that begin every prompt. */
internal fun prefix(tokenizer: Tokenizer): IntArray =
    intArrayOf(tokenizer.controlId(START)) + tokenizer.encode("Page:\n")

/** Ids of a region's transcription, without its visual slot; none when it is empty. */
internal fun regionIds(tokenizer: Tokenizer, text: String): IntArray =
    if (text.isEmpty()) IntArray(0) else tokenizer.encode(" " + oneLine(text))

/** Ids from the end of the evidence to where the answer begins. */
internal fun questionIds(tokenizer: Tokenizer, question: String): IntArray =
    tokenizer.encode("\nQuestion: ${checkQuestion(question)}\nAnswer:")

/** Upper bound of the tokens that a region adds: visual slot, text, and a separator. */
internal fun regionCost(tokenizer: Tokenizer, text: String): Int = 2 + regionIds(tokenizer, text).size

/** Builds the prompt of a question over rows of regions in reading order; rows without a piece are left out. */
internal fun buildPrompt(tokenizer: Tokenizer, question: String, rows: List<List<Piece>>): Prompt {
    val tail = questionIds(tokenizer, question)
    val ids = IntList()
    ids.addAll(prefix(tokenizer))
    val prefixLength = ids.size
    val order = IntList()
    val spans = IntList()
    var before: Piece? = null
    for (row in rows) {
        if (row.isEmpty()) continue
        if (before != null) {
            ids.addAll(tokenizer.encode(if (areTogether(before, row[0])) "\n" else "\n\n"))
            if (row[0].page != before.page) ids.addAll(tokenizer.encode("Page ${row[0].page + 1}:\n"))
        }
        for ((place, piece) in row.withIndex()) {
            if (place > 0 && piece.cell != row[place - 1].cell) ids.addAll(tokenizer.encode(" |"))
            spans.add(ids.size)
            ids.add(tokenizer.vocabulary + order.size)
            ids.addAll(regionIds(tokenizer, piece.text))
            order.add(piece.region)
            spans.add(ids.size)
        }
        before = row.last()
    }
    val questionStart = ids.size
    ids.addAll(tail)
    return Prompt(ids.toArray(), order.toArray(), spans.toArray(), prefixLength, questionStart)
}

/** Whether two rows are of one cell or table, or of two pages. */
private fun areTogether(above: Piece, below: Piece): Boolean =
    above.page != below.page || above.cell == below.cell || (above.table >= 0 && above.table == below.table)
