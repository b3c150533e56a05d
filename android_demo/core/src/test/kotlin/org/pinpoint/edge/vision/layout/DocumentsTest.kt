package org.pinpoint.edge.vision.layout

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import org.pinpoint.edge.Golden
import org.pinpoint.edge.assertClose
import org.pinpoint.edge.retrieval.namedDocument

/** Several documents on one page, and the one that a question names: the golden cases. */
class DocumentsTest {
    private val golden = Golden("documents").cases

    @Test
    fun goldenDocuments() {
        for (case in golden["pages"].all) {
            val boxes = case["boxes"].rows.map { (u0, v0, u1, v1) -> UvBox(u0, v0, u1, v1) }
            val rules = case["rules"].rows.map { (at, start, stop) -> Rule(at, start, stop) }
            assertEquals(case["name"].text, case["documents"].rows, findDocuments(boxes, rules))
        }
    }

    @Test
    fun geometryOnDocuments() {
        val case = golden["framed"]
        val documents = case["documents"].ints.toIntArray()
        assertClose(case["on_documents"], framed(case["geometry"].floats, documents), 1e-6)
    }

    @Test
    fun namedDocuments() {
        val named = golden["named"]
        val readings = named["readings"].texts
        val documents = named["documents"].ints.toIntArray()
        for (case in named["questions"].all) {
            val wanted = if (case.has("names")) case["names"].int else null
            assertEquals(case["question"].text, wanted, namedDocument(case["question"].text, readings, documents))
        }
        assertNull(namedDocument("What is the total of Willow Bakery?", readings, IntArray(0)))
    }
}
