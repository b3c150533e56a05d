package org.pinpoint.demo

import java.io.File
import java.nio.file.Files
import java.util.ArrayDeque
import java.util.concurrent.Executor
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.FakeRunner
import org.pinpoint.edge.PageException
import org.pinpoint.edge.PinPoint
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
    private var opener = Opener { progress, cancellation ->
        PinPoint.open(TestBundle.write(File(folder, "b")), runner, File(folder, "u"), progress, cancellation)
    }
    private val presenter = Presenter({ progress, cancellation -> opener.open(progress, cancellation) }, background, main) {
        shown.add(it)
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

    private fun opened() {
        presenter.start()
        settle()
        presenter.openPage { barred(3) }
        settle()
    }

    @Test
    fun aPageIsReadAndAQuestionAnswered() {
        presenter.start()
        assertTrue(presenter.state.bundle is Loading.Running)
        settle()
        assertEquals(Loading.Done, presenter.state.bundle)
        presenter.openPage { barred(3) }
        assertTrue(presenter.state.canCancel)
        settle()
        assertEquals(Loading.Done, presenter.state.page)
        assertEquals(3, presenter.state.regions.size)
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
        opened()
        presenter.extract(TEMPLATES[0])
        settle()
        assertEquals(listOf("company", "date", "total"), presenter.state.results.map { it.field })
        presenter.choose(presenter.state.results[2])
        assertEquals("total", presenter.state.shown?.field)
        val csv = resultsCsv(presenter.state.results).split("\r\n")
        assertEquals("field,question,text,found,confidence,page", csv[0])
        assertEquals("company,What is the name of the company on the receipt?,7,true", csv[1].substringBeforeLast(",0."))
        assertTrue(resultsJson(presenter.state.results).startsWith("[{\"field\": \"company\", \"question\": "))
    }

    @Test
    fun errorsAreShownWithTheirCode() {
        opened()
        presenter.ask("  ")
        settle()
        assertEquals("instruction", (presenter.state.asking as Loading.Failed).code)
        presenter.ask("Total?")
        settle()
        assertEquals(Loading.Done, presenter.state.asking)
        presenter.openPage { throw PageException("This is no picture.") }
        settle()
        assertEquals(Loading.Failed("page", "This is no picture."), presenter.state.page)
        assertTrue(!presenter.state.canAsk)
        presenter.ask("Total?")
        assertEquals(Loading.None, presenter.state.asking)
    }

    @Test
    fun aBundleThatFailsCanBeTriedAgain() {
        val right = opener
        opener = Opener { _, _ -> PinPoint.open(File(folder, "none"), runner) }
        presenter.start()
        settle()
        assertEquals("bundle", (presenter.state.bundle as Loading.Failed).code)
        presenter.openPage { barred(1) }
        settle()
        assertEquals("bundle", (presenter.state.page as Loading.Failed).code)
        opener = right
        presenter.start()
        settle()
        assertEquals(Loading.Done, presenter.state.bundle)
    }

    @Test
    fun cancellingAnAnswerLeavesThePage() {
        opened()
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
        opened()
        presenter.ask("Total?")
        presenter.openPage { barred(1) }
        settle()
        assertEquals(1, presenter.state.regions.size)
        assertTrue(presenter.state.results.isEmpty())
        assertNull(presenter.state.shown)
    }

    @Test
    fun closingFreesTheReaderAndShowsNothingMore() {
        opened()
        presenter.ask("Total?")
        settle()
        val count = shown.size
        presenter.close()
        settle()
        assertEquals(0, runner.open)
        assertEquals(count, shown.size)
    }
}
