package org.pinpoint.demo

import java.io.ByteArrayInputStream
import java.io.File
import java.io.InputStream
import java.nio.file.Files
import java.util.ArrayDeque
import java.util.concurrent.Executor
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.FakeRunner
import org.pinpoint.edge.IntegrityException
import org.pinpoint.edge.PageException
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Progress
import org.pinpoint.edge.Step
import org.pinpoint.edge.TestBundle
import org.pinpoint.edge.barred

/** Every state of the screen, with tasks that run when the test says so. */
class PresenterTest {
    private class Tasks : Executor {
        val waiting = ArrayDeque<Runnable>()

        override fun execute(task: Runnable) {
            waiting.add(task)
        }

        fun runAll() {
            while (waiting.isNotEmpty()) waiting.poll().run()
        }
    }

    private val folder: File = Files.createTempDirectory("app").toFile()
    private val runner = FakeRunner()
    private val background = Tasks()
    private val main = Tasks()
    private val shown = ArrayList<State>()
    private val bundle = TestBundle.write(File(folder, "b"))
    private var opened: () -> PinPoint? = { PinPoint.open(bundle, runner) }
    private val bundles = object : Bundles {
        override fun open(progress: Progress, cancellation: Cancellation): PinPoint? = opened()

        override fun import(from: BundleSource, progress: Progress, cancellation: Cancellation): PinPoint {
            progress.onProgress(Step.UNPACK, 1, 2)
            if (cancellation.isCancelled) throw CancelledException()
            if (from.size == 0L) throw IntegrityException("The file is damaged.")
            return PinPoint.open(bundle, runner)
        }
    }
    private val presenter = Presenter(bundles, background, main) { shown.add(it) }

    private val template = Template(
        "Receipt",
        linkedMapOf("company" to "What is the company?", "date" to "What is the date?", "total" to "What is the total?"),
    )

    private class Sheets(private vararg val sheets: Pixels) : Source {
        override fun open(): Pages = object : Pages {
            override val count = sheets.size

            override fun load(number: Int) = sheets[number]

            override fun close() = Unit
        }
    }

    private class Incoming(override val size: Long?) : BundleSource {
        override fun open(): InputStream = ByteArrayInputStream(ByteArray(0))
    }

    @After
    fun clean() {
        folder.deleteRecursively()
    }

    private fun settle() {
        while (background.waiting.isNotEmpty() || main.waiting.isNotEmpty()) {
            background.runAll()
            main.runAll()
        }
    }

    private fun read() {
        presenter.start()
        settle()
        presenter.openDocument(Sheets(barred(3)))
        settle()
    }

    @Test
    fun aPageIsReadAndAQuestionAnswered() {
        presenter.start()
        assertTrue(presenter.state.bundle is Loading.Running)
        settle()
        assertEquals(Loading.Done, presenter.state.bundle)
        presenter.openDocument(Sheets(barred(3)))
        assertTrue(presenter.state.canCancel)
        settle()
        assertEquals(Loading.Done, presenter.state.document)
        assertEquals(3, presenter.state.regions.single().size)
        presenter.ask(" What is the total? ")
        assertTrue(!presenter.state.canAsk)
        settle()
        val result = presenter.state.results.single()
        assertEquals("What is the total?", result.question)
        assertEquals("7", result.answer.text)
        assertEquals(result, presenter.state.shown)
        val steps = shown.mapNotNull { (it.asking as? Loading.Running)?.step }
        assertEquals(listOf(Step.ALIGN, Step.REFINE, Step.PREFILL, Step.DECODE), steps.distinct())
    }

    @Test
    fun fieldsAreExtracted() {
        read()
        presenter.extract(template)
        settle()
        assertEquals(listOf("company", "date", "total"), presenter.state.results.map { it.field })
        presenter.choose(presenter.state.results[2])
        assertEquals("total", presenter.state.shown?.field)
        val csv = resultsCsv(presenter.state.results).split("\r\n")
        assertEquals("field,question,text,found,confidence,page", csv[0])
        assertEquals("company,What is the company?,7,true", csv[1].substringBeforeLast(",0."))
        assertEquals("company: 7", resultsText(presenter.state.results, "none").lines()[0])
        assertTrue(resultsJson(presenter.state.results).startsWith("[{\"field\": \"company\", \"question\": "))
    }

    @Test
    fun errorsAreShownWithTheirCode() {
        read()
        presenter.ask("  ")
        settle()
        assertEquals("instruction", (presenter.state.asking as Loading.Failed).code)
        presenter.ask("Total?")
        settle()
        assertEquals(Loading.Done, presenter.state.asking)
        presenter.openDocument { throw PageException("This is no picture.") }
        settle()
        assertEquals(Loading.Failed("page", "This is no picture."), presenter.state.document)
        assertTrue(!presenter.state.canAsk)
        presenter.ask("Total?")
        assertEquals(Loading.None, presenter.state.asking)
    }

    @Test
    fun aBundleThatFailsCanBeTriedAgainWhileTheDocumentWaits() {
        opened = { PinPoint.open(File(folder, "none"), runner) }
        presenter.start()
        settle()
        assertEquals("bundle", presenter.state.failure?.code)
        presenter.openDocument(Sheets(barred(1)))
        settle()
        assertEquals(Loading.Waiting, presenter.state.document)
        opened = { PinPoint.open(bundle, runner) }
        presenter.start()
        settle()
        assertEquals(Loading.Done, presenter.state.bundle)
        assertEquals(Loading.Done, presenter.state.document)
    }

    @Test
    fun withoutABundleOneIsImported() {
        opened = { null }
        presenter.start()
        settle()
        assertEquals(Loading.Waiting, presenter.state.bundle)
        presenter.openDocument(Sheets(barred(2)))
        presenter.importBundle(Incoming(0))
        settle()
        assertEquals(Loading.Failed("integrity", "The file is damaged."), presenter.state.failure)
        presenter.dismiss()
        assertEquals(Loading.Waiting, presenter.state.bundle)
        presenter.importBundle(Incoming(9))
        settle()
        assertTrue(Loading.Running(Step.UNPACK, 1, 2) in shown.map { it.bundle })
        assertEquals(50, Loading.Running(Step.UNPACK, 1, 2).percent)
        assertEquals(2, presenter.state.regions.single().size)
        assertTrue(presenter.state.licences.isNotEmpty())
    }

    @Test
    fun anImportThatIsCancelledLeavesTheReader() {
        read()
        presenter.importBundle(Incoming(9))
        presenter.cancel()
        settle()
        assertEquals(Loading.Done, presenter.state.bundle)
        presenter.ask("Total?")
        settle()
        assertEquals("7", presenter.state.shown?.answer?.text)
    }

    @Test
    fun anImportReadsTheDocumentAgainWithTheNewBundle() {
        read()
        presenter.ask("Total?")
        settle()
        presenter.importBundle(Incoming(9))
        settle()
        assertEquals(Loading.Done, presenter.state.document)
        assertTrue(presenter.state.results.isEmpty())
        presenter.ask("Total?")
        settle()
        assertEquals("7", presenter.state.shown?.answer?.text)
    }

    @Test
    fun aDocumentOfManyPagesIsReadUpToALimitAndTurned() {
        presenter.start()
        settle()
        presenter.openDocument(Sheets(*Array(MOST_PAGES + 3) { barred(1 + it % 2) }))
        settle()
        assertEquals(MOST_PAGES, presenter.state.pages.size)
        assertEquals(3, presenter.state.pagesLeftOut)
        assertEquals(2, presenter.state.regions[1].size)
        presenter.turnTo(5)
        assertEquals(5, presenter.state.pageSeen)
        presenter.turnTo(MOST_PAGES)
        assertEquals(5, presenter.state.pageSeen)
        presenter.ask("Total?")
        settle()
        assertEquals(presenter.state.shown?.answer?.page, presenter.state.pageSeen)
        presenter.openDocument(Sheets())
        settle()
        assertEquals("page", presenter.state.failure?.code)
        presenter.dismiss()
        assertNull(presenter.state.failure)
    }

    @Test
    fun aProcessThatEndedComesBackWithItsAnswers() {
        read()
        presenter.ask("Total?")
        settle()
        presenter.extract(template)
        settle()
        presenter.choose(presenter.state.results[2])
        val saved = Saved.ofTexts(presenter.saved("document")?.toTexts())
        val again = Presenter(bundles, background, main) {}
        again.restore(saved!!, Sheets(barred(3)))
        again.start()
        settle()
        assertEquals(presenter.state.results.map { it.question to it.field }, again.state.results.map { it.question to it.field })
        assertEquals("date", again.state.shown?.field)
        assertEquals(saved, again.saved("document"))
        assertNull(again.saved(null))
        assertNull(Saved.ofTexts(listOf("document", "no number")))
        assertNull(Saved.ofTexts(null))
    }

    @Test
    fun aSavedStateThatWasNotYetAnsweredIsKept() {
        val saved = Saved("document", listOf(Question("Total?")), 0)
        presenter.restore(saved, Sheets(barred(3)))
        assertEquals(saved, presenter.saved("document"))
    }

    @Test
    fun aScreenThatIsTurnedGetsThePresentState() {
        read()
        val seen = ArrayList<State>()
        presenter.show = { seen.add(it) }
        assertEquals(listOf(presenter.state), seen)
        presenter.failed(PageException("No."))
        assertEquals("No.", seen.last().failure?.message)
    }

    @Test
    fun memoryThatRunsOutIsAnError() {
        presenter.start()
        settle()
        presenter.openDocument { throw OutOfMemoryError("bitmap") }
        settle()
        assertEquals("inference", presenter.state.failure?.code)
    }

    @Test
    fun cancellingAnAnswerLeavesThePage() {
        read()
        runner.onRun = { if (it == "decode") presenter.cancel() }
        presenter.ask("Total?")
        settle()
        assertEquals(Loading.None, presenter.state.asking)
        assertTrue(presenter.state.results.isEmpty())
        runner.onRun = {}
        presenter.ask("Total?")
        settle()
        assertEquals("7", presenter.state.shown?.answer?.text)
    }

    @Test
    fun aNewPageCancelsTheOldOne() {
        read()
        presenter.ask("Total?")
        presenter.openDocument(Sheets(barred(1)))
        settle()
        assertEquals(1, presenter.state.regions.single().size)
        assertTrue(presenter.state.results.isEmpty())
        assertNull(presenter.state.shown)
    }

    @Test
    fun closingFreesTheReaderAndShowsNothingMore() {
        read()
        presenter.ask("Total?")
        settle()
        val count = shown.size
        presenter.close()
        settle()
        assertEquals(0, runner.open)
        assertEquals(count, shown.size)
    }
}
