package org.pinpoint.edge

import java.io.File
import java.nio.file.Files
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.bundle.Json
import org.pinpoint.edge.runtime.RunnerException

/** The reader over stages that follow simple rules: answers, limits, cancelling, threads, errors, and what stays open. */
class ReaderTest {
    private val folder: File = Files.createTempDirectory("reader").toFile()
    private val runner = FakeRunner()

    @After
    fun clean() {
        folder.deleteRecursively()
    }

    private fun reader(own: FakeRunner = runner) = PinPoint.open(TestBundle.write(File(folder, "b")), own)

    @Test
    fun aSpanHasItsPlace() {
        reader().use { reader ->
            val page = reader.read(barred(3))
            assertEquals(3, page.regionsOf(0).size)
            val answer = page.ask("What is the total?")
            assertEquals("7", answer.text)
            assertEquals(Kind.SPAN, answer.kind)
            assertEquals(0, answer.page)
            val line = page.regionsOf(0)[0]
            val box = answer.boxes.single()
            assertTrue("$box in $line", box.x0 > line.x0 && box.x1 <= line.x1 + 1e-3 && box.y0 >= line.y0 - 1e-3)
            assertEquals("Total 7", answer.evidence[0].text)
            assertTrue(answer.confidence in 0.5..1.0)
            assertEquals(setOf("align", "select", "refine", "prefill", "decode"), answer.timings.keys)
        }
        assertEquals(0, runner.open)
    }

    @Test
    fun stagesAreLoadedWhenTheyAreNeeded() {
        reader().use { reader ->
            assertEquals(0, runner.open)
            reader.read(barred(3))
            assertTrue("${runner.runs}", "align" !in runner.runs && "decode" !in runner.runs)
        }
    }

    @Test
    fun jsonHasTheKeysOfTheSpecification() {
        reader().use { reader ->
            val json = Json.parse(reader.read(barred(1)).ask("Total?").toJson().toByteArray(), "answer") as Map<*, *>
            val keys = "text found kind confidence page boxes quads evidence source tokens timings".split(" ")
            assertEquals(keys, json.keys.toList())
            assertEquals("7", json["text"])
            val tokens = "evidence visual prompt answer budget page_estimate dropped share".split(" ")
            assertEquals(tokens, (json["tokens"] as Map<*, *>).keys.toList())
        }
    }

    @Test
    fun aPageWithoutTextAnswersNothing() {
        reader().use { reader ->
            val answer = reader.read(barred(0)).ask("What is the total?")
            assertNull(answer.text)
            assertEquals(Kind.NOT_FOUND, answer.kind)
            assertEquals(0, answer.tokens.prompt)
            assertEquals("an empty page proves nothing", 0.5, answer.confidence, 0.0)
        }
    }

    @Test
    fun nothingRelevantDecodesNothing() {
        val unsure = FakeRunner(relevance = -9f)
        reader(unsure).use { reader ->
            assertEquals(false, reader.read(barred(2)).ask("Who?").found)
            assertNull(unsure.runs["decode"])
        }
    }

    @Test
    fun notFoundIsDoubtedWherePageOrQuestionCannotBeRead() {
        val unsure = FakeRunner(relevance = -9f)
        reader(unsure).use { reader ->
            fun confidence(lines: Int, question: String) = reader.read(barred(lines)).ask(question).confidence
            assertTrue(confidence(3, "Who?") > 0.9)
            assertEquals("hardly any text", 0.5, confidence(1, "Who?"), 0.0)
            assertEquals("another script", 0.5, confidence(3, "名前は何ですか Who"), 0.0)
            assertTrue(confidence(3, "Ære, straße, ｗｈｏ 12?") > 0.9)
            unsure.legible = 0.8f
            assertEquals("hard to read", 0.5, confidence(3, "Who?"), 0.0)
        }
    }

    @Test
    fun aBundleOfOtherWeightsBringsItsSizes() {
        val newer = TestBundle.write(File(folder, "n")) {
            it.replace("[64, 128, 256, 512, 1024]", "[96, 192, 384, 768, 1536]").replace("8, 1, 16,", "8, 1, 24,")
                .replace("\"height\": 16", "\"height\": 24").replace("\"glance_height\": 16", "\"glance_height\": 24")
                .replace("[192, 512]", "[64, 640, 3840]").replace("\"layout\"", "\"rows\"").replace("\"1.4\"", "\"1.9\"")
        }
        PinPoint.open(newer, runner).use { reader ->
            val answer = reader.read(barred(3)).ask("What is the total?")
            assertEquals("7", answer.text)
            assertEquals(setOf(listOf(24, 192)), runner.crops["glance"])
            assertEquals(setOf(listOf(48, 640)), runner.crops["refine"])
        }
    }

    @Test
    fun derivedAnswersCarryTheirEvidence() {
        runner.wanted = "yes"
        reader().use { reader ->
            val answer = reader.read(barred(1)).ask("Is it paid?")
            assertEquals(Kind.YES, answer.kind)
            assertEquals(1, answer.boxes.size)
        }
    }

    @Test
    fun whatWasReadIsKept() {
        reader().use { reader ->
            val page = reader.read(barred(3))
            val first = page.ask("What is the total?")
            val read = runner.runs.toMap()
            assertEquals(first.copy(timings = emptyMap()), page.ask("What is the total?").copy(timings = emptyMap()))
            assertEquals(read["refine"], runner.runs["refine"])
            assertEquals(read["detect"], runner.runs["detect"])
            val fields = page.extract(mapOf("a" to "Total?", "b" to "What?"))
            assertEquals(listOf("a", "b"), fields.keys.toList())
            assertEquals(listOf("Total 7"), page.transcribe()[0])
        }
    }

    @Test
    fun severalPagesAreOneDocument() {
        reader().use { reader ->
            val document = reader.read(listOf(barred(2), barred(1)))
            assertEquals(2, document.pageCount)
            assertEquals("7", document.ask("Total?").text)
        }
    }

    @Test
    fun aLongPageIsLookedAtInParts() {
        reader().use { reader ->
            val page = reader.read(barred(20, width = 240, height = 1200))
            assertEquals(3, runner.runs["detect"])
            assertEquals(20, page.regionsOf(0).size)
            assertEquals(830.0, page.regionsOf(0).last().y1, 40.0)
        }
    }

    @Test
    fun cancellingEndsEveryStepAndTheReaderGoesOn() {
        for (stage in listOf("detect", "glance", "align", "refine", "decode")) {
            val own = FakeRunner()
            reader(own).use { reader ->
                val cancellation = Cancellation()
                own.onRun = { if (it == stage) cancellation.cancel() }
                assertThrows(stage, CancelledException::class.java) {
                    reader.read(barred(3), null, cancellation).ask("Total?", null, null, null, cancellation)
                    // What is cancelled in the last run of a call ends the next one.
                    reader.read(barred(1), null, cancellation)
                }
                own.onRun = {}
                assertEquals("7", reader.read(barred(3)).ask("Total?").text)
            }
            assertEquals(0, own.open)
        }
    }

    @Test
    fun progressIsHeard() {
        reader().use { reader ->
            val steps = ArrayList<Step>()
            val progress = Progress { step, done, all ->
                assertTrue(done in 0..all)
                steps.add(step)
            }
            reader.read(barred(2), progress).ask("Total?", progress = progress)
            assertEquals(Step.entries.toSet() - Step.UNPACK, steps.toSet())
        }
    }

    @Test
    fun threadsTakeTurns() {
        reader().use { reader ->
            val page = reader.read(barred(3))
            var inside = 0
            var most = 0
            runner.onRun = {
                most = maxOf(most, ++inside)
                Thread.sleep(1)
                inside--
            }
            val start = CountDownLatch(1)
            val answers = java.util.Collections.synchronizedList(ArrayList<String?>())
            val threads = List(4) {
                thread {
                    start.await()
                    answers.add(page.ask("What is the total?").text)
                }
            }
            start.countDown()
            threads.forEach { it.join() }
            assertEquals(List(4) { "7" }, answers)
            assertEquals(1, most)
        }
    }

    @Test
    fun failuresNameTheStage() {
        for (stage in listOf("detect", "decode")) {
            val own = FakeRunner()
            own.onRun = { if (it == stage) throw RunnerException("broken graph") }
            reader(own).use { reader ->
                val error = assertThrows(InferenceException::class.java) { reader.read(barred(1)).ask("Total?") }
                assertEquals("inference", error.code)
                assertTrue(stage in error.message.orEmpty())
                own.onRun = { if (it == stage) throw OutOfMemoryError() }
                assertThrows(InferenceException::class.java) { reader.read(barred(1)).ask("Total?") }
                own.onRun = {}
                assertEquals("7", reader.read(barred(1)).ask("Total?").text)
            }
        }
    }

    @Test
    fun whatMakesNoSenseIsRefused() {
        val reader = reader()
        val page = reader.read(barred(1))
        assertThrows(InstructionException::class.java) { page.ask("  ") }
        assertThrows(OptionException::class.java) { page.ask("Total?", coverage = 0.0) }
        assertThrows(OptionException::class.java) { page.ask("Total?", tokenBudget = 5000) }
        assertThrows(OptionException::class.java) { page.extract(emptyMap()) }
        assertThrows(PageException::class.java) { reader.read(emptyList<Pixels>()) }
        assertThrows(PageException::class.java) { reader.read(Pixels(2, 2, 1, ByteArray(4))) }
        assertThrows(PageException::class.java) { reader.read(Pixels(20_001, 1, 3, ByteArray(60_003))) }
        assertThrows(PageException::class.java) { reader.read(Pixels(10_001, 10_000, 3, ByteArray(300_030_000))) }
        reader.close()
        reader.close()
        assertThrows(OptionException::class.java) { page.ask("Total?") }
        assertThrows(BackendException::class.java) {
            PinPoint.open(File(folder, "b"), object : org.pinpoint.edge.runtime.Runner by runner {
                override val targets = setOf("onnx")
            })
        }
    }
}
