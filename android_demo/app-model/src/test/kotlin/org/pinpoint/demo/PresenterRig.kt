package org.pinpoint.demo

import java.io.ByteArrayInputStream
import java.io.File
import java.io.InputStream
import java.nio.file.Files
import java.util.ArrayDeque
import java.util.concurrent.Executor
import org.junit.After
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.FakeRunner
import org.pinpoint.edge.IntegrityException
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Progress
import org.pinpoint.edge.Step
import org.pinpoint.edge.TestBundle
import org.pinpoint.edge.barred

/** A presenter over stages that follow rules, with tasks that run when the test says so. */
abstract class PresenterRig {
    internal class Tasks : Executor {
        val waiting = ArrayDeque<Runnable>()

        override fun execute(task: Runnable) {
            waiting.add(task)
        }

        fun runAll() {
            while (waiting.isNotEmpty()) waiting.poll().run()
        }
    }

    internal val folder: File = Files.createTempDirectory("app").toFile()
    internal val runner = FakeRunner()
    internal val background = Tasks()
    internal val main = Tasks()
    internal val shown = ArrayList<State>()
    internal val bundle = TestBundle.write(File(folder, "b"))
    internal var opened: () -> PinPoint? = { PinPoint.open(bundle, runner) }
    internal val bundles = object : Bundles {
        override fun open(progress: Progress, cancellation: Cancellation): PinPoint? = opened()

        override fun import(from: BundleSource, progress: Progress, cancellation: Cancellation): PinPoint {
            progress.onProgress(Step.UNPACK, 1, 2)
            if (cancellation.isCancelled) throw CancelledException()
            if (from.size == 0L) throw IntegrityException("The file is damaged.")
            return PinPoint.open(bundle, runner)
        }
    }
    internal val presenter = Presenter(bundles, background, main) { shown.add(it) }

    internal val template = Template(
        "Receipt",
        linkedMapOf("company" to "What is the company?", "date" to "What is the date?", "total" to "What is the total?"),
    )

    internal class FakePages(private vararg val pages: Pixels) : Source {
        override fun open(): Pages = object : Pages {
            override val count = pages.size

            override fun load(number: Int) = pages[number]

            override fun close() = Unit
        }
    }

    internal class Incoming(override val size: Long?) : BundleSource {
        override fun open(): InputStream = ByteArrayInputStream(ByteArray(0))
    }

    @After
    fun clean() {
        folder.deleteRecursively()
    }

    internal fun settle() {
        while (background.waiting.isNotEmpty() || main.waiting.isNotEmpty()) {
            background.runAll()
            main.runAll()
        }
    }

    internal fun read() {
        presenter.start()
        settle()
        presenter.openDocument(FakePages(barred(3)))
        settle()
    }
}
