package org.pinpoint.demo

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pinpoint.edge.PageException
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.Step
import org.pinpoint.edge.barred

/** A presenter's life: bundles that come and go, screens that are turned, processes that end. */
class PresenterLifeTest : PresenterRig() {
    @Test
    fun aBundleThatFailsCanBeTriedAgainWhileTheDocumentWaits() {
        opened = { PinPoint.open(File(folder, "none"), runner) }
        presenter.start()
        settle()
        assertEquals("bundle", presenter.state.failure?.code)
        presenter.openDocument(FakePages(barred(1)))
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
        presenter.openDocument(FakePages(barred(2)))
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
    fun aProcessThatEndedComesBackWithItsAnswers() {
        read()
        presenter.ask("Total?")
        settle()
        presenter.extract(template)
        settle()
        presenter.choose(presenter.state.results[2])
        val saved = Saved.ofTexts(presenter.saved("document")?.toTexts())
        val again = Presenter(bundles, background, main) {}
        again.restore(saved!!, FakePages(barred(3)))
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
        presenter.restore(saved, FakePages(barred(3)))
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
