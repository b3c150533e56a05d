package org.pinpoint.edge.ort

import java.io.File
import javax.imageio.ImageIO
import kotlin.math.abs
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.pinpoint.edge.Answer
import org.pinpoint.edge.BackendException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Progress
import org.pinpoint.edge.Step
import org.pinpoint.edge.bundle.Json

/**
 * The whole reader on the real int4 bundle, through ONNX Runtime's Java API, against the answers that Python gave.
 *
 * System properties: `bundle`, its folder; `golden`, tests/golden; `answers`, an answers.json that
 * tests/hosts/python_answers.py wrote, with the pages as PNG beside it, or empty for none.
 */
class WholeReaderTest {
    private val bundle = File(System.getProperty("bundle").orEmpty())
    private val threads = Integer.getInteger("threads", 1)

    private fun rgb(file: File): Pixels {
        val image = ImageIO.read(file)
        val colours = image.getRGB(0, 0, image.width, image.height, null, 0, image.width)
        return Pixels.ofColours(image.width, image.height, colours)
    }

    private fun open(): PinPoint = PinPoint.open(bundle, OrtRunner(threads))

    @Test
    fun goldenPages() {
        open().use { reader ->
            for (name in listOf("receipt", "form")) {
                val folder = File(System.getProperty("golden"), "pages/$name")
                val told = Json.parse(File(folder, "page.json").readBytes(), name) as Map<*, *>
                val page = reader.read(rgb(File(folder, "page.png")))
                for (question in (told["questions"] as List<*>).map { it as Map<*, *> }) {
                    val answer = page.ask(question["question"] as String)
                    val wanted = question["answer"] as Map<*, *>
                    assertEquals(wanted["text"], answer.text)
                    assertEquals(wanted["kind"], answer.kind.code)
                    assertTrue("${boxes(wanted)} ${answer.boxes}", near(boxes(wanted), answer))
                }
            }
        }
    }

    @Test
    fun anAnswerThatIsCancelledIsTheSameWhenAskedAgain() {
        open().use { reader ->
            val page = reader.read(rgb(File(System.getProperty("golden"), "pages/receipt/page.png")))
            val question = "What is the total?"
            val wanted = page.ask(question)
            for (step in listOf(Step.ALIGN, Step.PREFILL, Step.DECODE)) {
                val cancellation = Cancellation()
                val progress = Progress { own, _, _ -> if (own == step) cancellation.cancel() }
                assertThrows(CancelledException::class.java) {
                    page.ask("What is the date on the receipt?", progress = progress, cancellation = cancellation)
                }
                assertEquals(wanted.copy(timings = emptyMap()), page.ask(question).copy(timings = emptyMap()))
            }
        }
    }

    @Test
    fun aProviderThatIsNotInTheBuildIsAnError() {
        // Android's library has it, the one for Linux under the tests has not.
        PinPoint.open(bundle, OrtRunner(threads, listOf("XnnpackExecutionProvider"))).use { reader ->
            val page = Pixels(64, 64, 3, ByteArray(3 * 64 * 64))
            val error = assertThrows(BackendException::class.java) { reader.read(page) }
            assertTrue("${error.message}", "XnnpackExecutionProvider" in error.message.orEmpty())
        }
    }

    @Test
    fun answersAreThoseOfPython() {
        assumeTrue("no answers of Python", System.getProperty("answers").orEmpty().isNotEmpty())
        val listed = File(System.getProperty("answers"))
        val told = Json.parse(listed.readBytes(), "answers.json") as Map<*, *>
        val cases = (told["cases"] as List<*>).map { it as Map<*, *> }
        val differing = ArrayList<String>()
        var placed = 0
        var farthest = 0.0
        val times = LinkedHashMap<String, Double>()
        open().use { reader ->
            for ((image, own) in cases.groupBy { it["picture"] as String }) {
                val page = reader.read(rgb(File(listed.parentFile, image)))
                for ((step, ms) in page.timings) times[step] = (times[step] ?: 0.0) + ms
                for (case in own) {
                    val answer = page.ask(case["question"] as String)
                    for ((step, ms) in answer.timings) times[step] = (times[step] ?: 0.0) + ms
                    val wanted = case["answer"] as Map<*, *>
                    if (wanted["text"] != answer.text) {
                        differing.add("$image ${case["question"]}: '${wanted["text"]}' here '${answer.text}'")
                    }
                    if (near(boxes(wanted), answer)) placed++
                    farthest = maxOf(farthest, abs((wanted["confidence"] as Number).toDouble() - answer.confidence))
                }
            }
        }
        println("${cases.size - differing.size} of ${cases.size} answers equal, $placed with boxes within 1 px; " +
            "confidence at most %.4f apart".format(farthest))
        println(times.entries.joinToString(", ") { "%s %.0f ms".format(it.key, it.value) })
        differing.forEach(::println)
        assertTrue("${differing.size} of ${cases.size} differ", differing.size * 100 <= cases.size)
        assertTrue("$placed of ${cases.size} are at the same place", placed * 100 >= 99 * cases.size)
    }

    private fun boxes(wanted: Map<*, *>): List<List<Double>> =
        (wanted["boxes"] as List<*>).map { box -> (box as List<*>).map { (it as Number).toDouble() } }

    private fun near(wanted: List<List<Double>>, answer: Answer): Boolean =
        wanted.size == answer.boxes.size && wanted.zip(answer.boxes).all { (box, own) ->
            box.zip(listOf(own.x0, own.y0, own.x1, own.y1)).all { (a, b) -> abs(a - b) <= 1.0 }
        }
}
