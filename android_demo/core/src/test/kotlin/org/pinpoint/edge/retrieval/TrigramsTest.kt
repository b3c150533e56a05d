package org.pinpoint.edge.retrieval

import org.junit.Assert.assertEquals
import org.junit.Test
import org.pinpoint.edge.Golden
import org.pinpoint.edge.assertClose
import org.pinpoint.edge.text.foldCase
import org.pinpoint.edge.vision.layout.Layout

/** The golden texts and matches. */
class TrigramsTest {
    private val golden = Golden("trigrams").cases

    @Test
    fun goldenTexts() {
        for (case in golden["texts"].all) {
            val text = case["text"].text
            assertEquals(case["normalised"].text, normalise(text))
            assertEquals(case["content"].text, content(text))
            assertEquals(case["count"].int, trigramCount(text))
            assertEquals(case["ids"].ints, trigramIds(text, golden["length"].int).toList())
        }
    }

    @Test
    fun goldenMatches() {
        val page = golden["page"]
        val cell = page["cell"].ints.toIntArray()
        val layout = Layout(page["rows"].rows, cell, page["table"].ints.toIntArray(), page["geometry"].floats)
        for (case in golden["questions"].all) {
            val match = matchFeatures(case["question"].text, page["readings"].texts, layout)
            assertClose(case["match"], match, 1e-6)
        }
    }

    @Test
    fun caseIsFoldedInFull() {
        assertEquals("strasse", foldCase("STRAẞE"))
        assertEquals("σσσ", foldCase("ΣΣς"))
        assertEquals("i\u0307ı", foldCase("İı"))
        assertEquals("Ꭰ", foldCase("ꭰ"))
        assertEquals("fi", foldCase("ﬁ"))
    }
}
