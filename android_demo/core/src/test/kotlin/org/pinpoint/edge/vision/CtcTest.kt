package org.pinpoint.edge.vision

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.Golden

/** The golden transcriptions. */
class CtcTest {
    @Test
    fun goldenTranscriptions() {
        val golden = Golden("ctc")
        val classes = golden.ints("classes.bin")
        val likely = golden.floats("probabilities.bin")
        val characters = golden.cases["characters"].texts
        for (case in golden.cases["decode"].all) {
            val shape = case["shape"].ints
            val stride = shape.getOrElse(1) { 1 }
            val read = decodeCtc(classes, likely, case["offset"].int, shape[0], stride, characters, case["used"].double)
            assertEquals(case["text"].text, read.text)
            assertEquals(case["probabilities"].all.size, read.probabilities.size)
            for ((i, own) in case["probabilities"].doubles.withIndex()) {
                assertEquals(own, read.probabilities[i].toDouble(), 1e-6)
            }
            for ((i, span) in case["spans"].all.withIndex()) {
                assertEquals(span[0].double, read.starts[i], 1e-6)
                assertEquals(span[1].double, read.ends[i], 1e-6)
            }
        }
    }

    @Test
    fun aClassWithoutACharacterIsRefused() {
        assertThrows(BundleException::class.java) { decodeCtc(intArrayOf(9), null, 0, 1, 1, listOf("", "a"), 1.0) }
    }
}
