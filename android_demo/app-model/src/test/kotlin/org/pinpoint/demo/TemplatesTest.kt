package org.pinpoint.demo

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.OptionException

/** Templates in JSON and as a person writes them; the system property `assets` names the app's assets. */
class TemplatesTest {
    @Test
    fun theTemplatesOfTheAppAreRead() {
        val templates = readTemplates(File(System.getProperty("assets"), "templates.json").readText())
        assertEquals(listOf("Receipt", "Invoice", "Identity card"), templates.map { it.name })
        assertEquals(listOf("company", "date", "total"), templates[0].fields.keys.toList())
    }

    @Test
    fun whatIsWrittenIsReadAgain() {
        val templates = listOf(Template("\"Own\"\\\n", linkedMapOf("a" to "Was heißt „a“?", "b" to "B?")))
        assertEquals(templates, readTemplates(writeTemplates(templates)))
        assertEquals(emptyList<Template>(), readTemplates(" [] "))
        assertEquals("\u00e9/\t", readTemplates("[{\"name\": \"\\u00e9\\/\\t\", \"fields\": {\"a\": \"b\"}}]").single().name)
    }

    @Test
    fun brokenTemplatesAreAnError() {
        val wrong = listOf(
            "", "[", "{}", "[1]", "[{}]", "[{\"name\": \"a\"}]", "[{\"name\": \"a\", \"fields\": {}}]", "[] []", "[\"a\",]",
            "[{\"name\": \"a\", \"fields\": {\"b\": []}}]", "[\"\\u12\"]", "[\"\\x\"]", "[\"a", "[".repeat(99), "{\"a\" \"b\"}",
        )
        for (json in wrong) assertThrows(json, OptionException::class.java) { readTemplates(json) }
    }

    @Test
    fun aPersonWritesALineAField() {
        val template = templateOf(" Meter ", "\nreading: What does the meter show?\nWhich day is it?\n")
        assertEquals("Meter", template.name)
        assertEquals(mapOf("reading" to "What does the meter show?", "Which day is it?" to "Which day is it?"), template.fields)
        for ((name, lines) in listOf("" to "a: b", "a" to "", "a" to "b:", "a" to ": b")) {
            assertThrows(OptionException::class.java) { templateOf(name, lines) }
        }
    }

    @Test
    fun suggestionsComeFromAnswersAndTemplates() {
        val templates = listOf(Template("a", linkedMapOf("x" to "X?", "y" to "Y?")), Template("b", linkedMapOf("x" to "X?")))
        assertEquals(listOf("X?", "Y?"), suggestions(emptyList(), templates))
        assertTrue(suggestions(emptyList(), emptyList()).isEmpty())
    }
}
