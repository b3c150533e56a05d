package org.pinpoint.edge.ort

import java.io.File
import java.lang.management.ManagementFactory
import javax.imageio.ImageIO
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.runtime.KvCache
import org.pinpoint.edge.runtime.Runner
import org.pinpoint.edge.runtime.Session
import org.pinpoint.edge.runtime.StageFile
import org.pinpoint.edge.runtime.Tensor

private val THREADS = ManagementFactory.getThreadMXBean()

/** Milliseconds of processor time of this thread. */
private fun now(): Double = THREADS.currentThreadCpuTime / 1e6

/** Sums the processor time of the stages, which run in the calling thread. */
private class TimedRunner(private val inner: Runner) : Runner by inner {
    var spent = 0.0

    private inline fun <T> timed(block: () -> T): T {
        val start = now()
        try {
            return block()
        } finally {
            spent += now() - start
        }
    }

    override fun open(stage: StageFile): Session = timed { inner.open(stage) }.let { session ->
        object : Session by session {
            override fun run(inputs: Map<String, Tensor>) = timed { session.run(inputs) }
        }
    }

    override fun openCache(stage: StageFile, capacity: Int): KvCache = timed { inner.openCache(stage, capacity) }.let { cache ->
        object : KvCache by cache {
            override fun run(ids: IntArray, visual: FloatArray) = timed { cache.run(ids, visual) }
        }
    }
}

/** Prints the processor time of the host steps of one page and question, and of the stages: BUNDLE PAGE.png QUESTION ROUNDS. */
internal object HostTimes {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val (bundle, page, question, rounds) = arguments
        val image = ImageIO.read(File(page))
        val colours = image.getRGB(0, 0, image.width, image.height, null, 0, image.width)
        val pixels = Pixels.ofColours(image.width, image.height, colours)
        val runner = TimedRunner(OrtRunner(1))
        val opening = now()
        PinPoint.open(File(bundle), runner).use { reader ->
            println("opening: %.0f ms".format(now() - opening))
            repeat(rounds.toInt()) { round ->
                val start = now()
                runner.spent = 0.0
                val document = reader.read(pixels)
                val read = now() - start - runner.spent
                val between = now()
                val inRead = runner.spent
                val answer = document.ask(question)
                val asked = now() - between - (runner.spent - inRead)
                println(
                    "round %d: host %.0f ms to read, %.0f ms to ask; stages %.0f ms: %s"
                        .format(round + 1, read, asked, runner.spent, answer.text),
                )
                System.gc()
                val memory = Runtime.getRuntime()
                println("heap: %.0f MB".format((memory.totalMemory() - memory.freeMemory()) / 1e6))
            }
        }
    }
}
