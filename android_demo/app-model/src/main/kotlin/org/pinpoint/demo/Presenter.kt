package org.pinpoint.demo

import java.io.Closeable
import java.util.concurrent.Executor
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.Document
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.PinPointException
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Progress

/** Opens the bundle; the app unpacks it from its assets or takes an imported file. */
public fun interface Opener {
    /** Opens it; raises [PinPointException]. */
    public fun open(progress: Progress, cancellation: Cancellation): PinPoint
}

/** Decodes a picture or a page of a PDF; raises [PinPointException]. */
public fun interface PageSource {
    /** The page, upright, in RGB. */
    public fun load(): Pixels
}

/**
 * State and decisions of the screen, without Android: it runs work on [background] and shows states on [main].
 *
 * Methods are called on the main thread, and [show] is. One piece of work runs at a time; a new page cancels what runs.
 *
 * @param background runs one task after the other.
 */
public class Presenter(
    private val opener: Opener,
    private val background: Executor,
    private val main: Executor,
    private val show: (State) -> Unit,
) : Closeable {
    /** What the screen shows now. */
    public var state: State = State()
        private set

    private var reader: PinPoint? = null
    private var document: Document? = null
    private var cancellation = Cancellation()
    private var closed = false

    /** Opens the bundle; called once, and again after it failed. */
    public fun start() {
        if (state.bundle is Loading.Running || state.bundle == Loading.Done) return
        update { copy(bundle = Loading.Running(null)) }
        run({ copy(bundle = it) }) { progress, cancelled ->
            val opened = opener.open(progress, cancelled)
            onMain {
                if (closed) background.execute(opened::close) else reader = opened
                update { copy(bundle = Loading.Done) }
            }
        }
    }

    /** Reads a page; what ran for the page before is cancelled and forgotten. */
    public fun openPage(source: PageSource) {
        cancel()
        document = null
        update {
            copy(
                page = Loading.Running(null), pixels = null, regions = emptyList(), asking = Loading.None,
                results = emptyList(), shown = null,
            )
        }
        run({ copy(page = it) }) { progress, cancelled ->
            val pixels = source.load()
            onMain(cancelled) { update { copy(pixels = pixels) } }
            val read = opened().read(pixels, progress, cancelled)
            onMain(cancelled) {
                document = read
                update { copy(page = Loading.Done, regions = read.regionsOf(0)) }
            }
        }
    }

    /** Asks a question about the page. */
    public fun ask(question: String) {
        answer { document, progress, cancelled ->
            listOf(Result(question.trim(), document.ask(question, progress = progress, cancellation = cancelled)))
        }
    }

    /** Extracts a template's fields from the page. */
    public fun extract(template: Template) {
        answer { document, progress, cancelled ->
            document.extract(template.fields, progress = progress, cancellation = cancelled)
                .map { (field, answer) -> Result(template.fields.getValue(field), answer, field) }
        }
    }

    private fun answer(work: (Document, Progress, Cancellation) -> List<Result>) {
        val page = document
        if (page == null || !state.canAsk) return
        update { copy(asking = Loading.Running(null)) }
        run({ copy(asking = it) }) { progress, cancelled ->
            val found = work(page, progress, cancelled)
            onMain(cancelled) {
                if (document !== page) return@onMain
                update { copy(asking = Loading.Done, results = results + found, shown = found.first()) }
            }
        }
    }

    /** Puts the boxes of a result on the page. */
    public fun choose(result: Result) {
        if (result in state.results) update { copy(shown = result) }
    }

    /** Cancels what runs. */
    public fun cancel() {
        cancellation.cancel()
    }

    /** Cancels what runs and frees the reader. */
    override fun close() {
        closed = true
        cancel()
        val open = reader
        reader = null
        document = null
        if (open != null) background.execute(open::close)
    }

    private fun opened(): PinPoint =
        reader ?: throw BundleException("The bundle is not open yet: wait, or import one.")

    /** Runs [work] in the background; how it goes on becomes a part of the state through [put]. */
    private fun run(put: State.(Loading) -> State, work: (Progress, Cancellation) -> Unit) {
        val own = Cancellation()
        cancellation = own
        background.execute {
            val progress = Progress { step, done, all ->
                onMain(own) { update { put(Loading.Running(step, done, all)) } }
            }
            try {
                work(progress, own)
            } catch (_: CancelledException) {
                // What came after it, if anything did, has a state of its own.
                onMain { if (cancellation === own) update { put(Loading.None) } }
            } catch (error: PinPointException) {
                onMain(own) { update { put(Loading.Failed(error.code, error.message.orEmpty())) } }
            } catch (error: OutOfMemoryError) {
                onMain(own) { update { put(Loading.Failed("inference", "There is no memory left: $error")) } }
            }
        }
    }

    private fun onMain(unless: Cancellation? = null, block: () -> Unit) {
        main.execute { if (unless?.isCancelled != true) block() }
    }

    private fun update(change: State.() -> State) {
        val next = state.change()
        if (next == state || closed) return
        state = next
        show(next)
    }
}
