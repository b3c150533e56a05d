package org.pinpoint.demo

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.PageException
import org.pinpoint.edge.Step
import org.pinpoint.edge.barred

/** Every state of the screen while pages are read and questions answered. */
class PresenterTest : PresenterRig() {
    @Test
    fun aPageIsReadAndAQuestionAnswered() {
        presenter.start()
        assertTrue(presenter.state.bundle is Loading.Running)
        settle()
        assertEquals(Loading.Done, presenter.state.bundle)
        presenter.openDocument(FakePages(barred(3)))
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
    fun aDocumentOfManyPagesIsReadUpToALimitAndTurned() {
        presenter.start()
        settle()
        presenter.openDocument(FakePages(*Array(MOST_PAGES + 3) { barred(1 + it % 2) }))
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
        presenter.openDocument(FakePages())
        settle()
        assertEquals("page", presenter.state.failure?.code)
        presenter.dismiss()
        assertNull(presenter.state.failure)
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
        presenter.openDocument(FakePages(barred(1)))
        settle()
        assertEquals(1, presenter.state.regions.single().size)
        assertTrue(presenter.state.results.isEmpty())
        assertNull(presenter.state.shown)
    }
}
