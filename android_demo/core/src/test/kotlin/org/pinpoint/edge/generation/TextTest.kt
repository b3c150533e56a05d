package org.pinpoint.edge.generation

import java.io.File
import java.util.Random
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.Case
import org.pinpoint.edge.Golden
import org.pinpoint.edge.InstructionException
import org.pinpoint.edge.Kind
import org.pinpoint.edge.OptionException
import org.pinpoint.edge.Signals
import org.pinpoint.edge.text.text

/** Tokenizer, prompt, constrained decoding and confidence: the golden cases, and what holds for any text. */
class TextTest {
    private val tokenizer = goldenTokenizer()
    private val table = TokenTable(tokenizer.bytesTable, tokenizer.controlId(END))

    @Test
    fun goldenIds() {
        val golden = Golden("tokenizer").cases
        assertEquals(golden["vocabulary"].int, tokenizer.vocabulary)
        for (case in golden["cases"].all) {
            val ids = tokenizer.encode(case["text"].text)
            assertEquals(case["text"].text, case["ids"].ints, ids.toList())
            val hex = ids.map { id -> tokenizer.bytesTable[id].joinToString("") { "%02x".format(it) } }
            assertEquals(case["token_bytes_hex"].texts, hex)
        }
    }

    @Test
    fun theBytesOfTheIdsAreThoseOfTheText() {
        val random = Random(2)
        val letters = "aé1 \t\n'sß€合☑\uD83E\uDDFE.,-".codePoints().toArray()
        repeat(300) {
            val text = IntArray(random.nextInt(20)) { letters[random.nextInt(letters.size)] }.text()
            val bytes = tokenizer.encode(text).flatMap { tokenizer.bytesTable[it].toList() }.toByteArray()
            assertArrayEquals(text.toByteArray(), bytes)
        }
    }

    private fun piece(case: Case): Piece {
        val items = case.all
        val more = items.drop(3).filter { it.value is Long }
        val cell = more.getOrNull(0)?.int ?: 0
        return Piece(items[0].int, items[1].text, items[2].int, cell, more.getOrNull(1)?.int ?: -1)
    }

    @Test
    fun goldenPrompts() {
        for (case in Golden("prompt").cases["cases"].all) {
            val rows = case["rows"].all.map { row -> row.all.map(::piece) }
            val built = buildPrompt(tokenizer, case["instruction"].text, rows)
            assertEquals(case["ids"].ints, built.ids.toList())
            assertEquals(case["visual_order"].ints, built.visualOrder.toList())
            assertEquals(case["spans"].rows.flatten(), built.spans.toList())
            assertEquals(case["prefix_length"].int, built.prefixLength)
            assertEquals(case["question_start"].int, built.questionStart)
        }
    }

    @Test
    fun emptyAndLongQuestionsAreRefused() {
        for (question in listOf("", " \n\u2028", "x".repeat(2001))) {
            assertThrows(InstructionException::class.java) { checkQuestion(question) }
        }
        assertEquals("a b", checkQuestion("\u00a0a\nb "))
    }

    @Test
    fun goldenAnswers() {
        val golden = Golden("grounding").cases
        for (case in golden["words"].all) {
            assertEquals(case["text"].text, case["starts"].ints, wordStarts(case["text"].text).toList())
            assertEquals(case["text"].text, case["ends"].ints, wordEnds(case["text"].text).toList())
        }
        val rows = golden["rows"].all.map { row -> row.all.map(::piece) }
        val quotable = QuotableText.fromRows(rows, golden["geometry"].floats, golden["relevance"].floats)
        assertEquals(golden["successors"].rows, quotable.successors.map { it.toList() })
        for (case in golden["answers"].all) {
            val automaton = Automaton(table, quotable, case["question"].text)
            for (step in case["steps"].all) {
                assertEquals(step["allowed"].ints, automaton.allowed().toList())
                automaton.push(step["push"].int)
            }
            val found = automaton.finish()
            assertEquals(case["text"].text, found.text)
            assertEquals(case["kind"].text, found.kind.code)
            fun numbers(spans: List<Span>) = spans.map { listOf(it.region, it.start, it.end) }
            assertEquals(case["pieces"].rows, numbers(found.pieces))
            assertEquals(case["alternatives"].all.map { it.rows }, found.alternatives.map(::numbers))
        }
    }

    @Test
    fun whateverIsChosenIsOnThePage() {
        val random = Random(13)
        val words = listOf("Total:", "RM60.30", "5/22/20-5/28/20", "(a)", "合計", "x", "\"best\"", "O'Neil", "1,234.50")
        repeat(60) {
            val rows = List(1 + random.nextInt(3)) { row ->
                List(1 + random.nextInt(2)) { column ->
                    val text = List(1 + random.nextInt(4)) { words[random.nextInt(words.size)] }.joinToString(" ")
                    Piece(2 * row + column, text)
                }
            }
            val geometry = FloatArray(24) { if (it % 4 < 2) random.nextFloat() else 0.2f }
            val quotable = QuotableText.fromRows(rows, geometry, FloatArray(6) { random.nextFloat() })
            val automaton = Automaton(table, quotable, "how many?")
            for (step in 0 until 40) {
                val allowed = automaton.allowed()
                assertTrue(allowed.isNotEmpty())
                val choice = allowed[random.nextInt(allowed.size)]
                automaton.push(choice)
                if (choice == table.endId) break
            }
            val found = automaton.finish()
            if (found.kind == Kind.SPAN) {
                val byRegion = rows.flatten().associate { it.region to it.text }
                val quoted = found.pieces.joinToString(" ") { byRegion.getValue(it.region).substring(it.start, it.end) }
                assertEquals(quoted, found.text)
            }
        }
    }

    @Test
    fun aTokenThatIsNotAllowedIsRefused() {
        val automaton = Automaton(table, QuotableText.fromRows(emptyList(), FloatArray(0), FloatArray(0)), "?")
        assertThrows(OptionException::class.java) { automaton.push(table.endId) }
        assertThrows(OptionException::class.java) { automaton.push(tokenizer.encode("zzz")[0]) }
    }

    @Test
    fun goldenConfidences() {
        val further = Golden("confidence", "further.json").cases["cases"].all
        for (case in Golden("confidence").cases["cases"].all + further) {
            val told = case["signals"]
            fun signal(name: String) = if (told.has(name)) told[name].double else 1.0
            val signals = Signals(
                signal("decode"), signal("least"), signal("reader"), signal("null"), signal("not_found"),
                signal("focus"), signal("support"), signal("legible"), signal("label"),
            )
            val weights = case["weights"].entries.associate { (kind, own) ->
                kind to own.entries.associate { (name, weight) -> name to weight.double }
            }
            assertEquals(case["confidence"].double, confidenceOf(signals, case["found"].bool, weights), 2e-9)
        }
    }
}

/** The small tokenizer of the golden files. */
internal fun goldenTokenizer(): Tokenizer {
    val file = File(System.getProperty("golden"), "tokenizer/tokenizer.json")
    return Tokenizer(file.readBytes(), file.path)
}
