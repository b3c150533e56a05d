package org.pinpoint.demo

import java.io.Closeable
import java.util.concurrent.Executor
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.Document
import org.pinpoint.edge.PageException
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.PinPointException
import org.pinpoint.edge.Progress

/** Most pages that are read as one document: each takes memory for its pixels and a second of reading. */
internal const val MOST_PAGES = 8

/**
 * State and decisions of the screen, without Android: it runs work on [background] and shows states on [main].
 *
 * Methods are called on the main thread, and [show] is. One piece of work runs at a time; a new document cancels what runs.
 *
 * @param background runs one task after the other.
 */
public class Presenter(
    private val bundles: Bundles,
    private val background: Executor,
    private val main: Executor,
    show: (State) -> Unit,
) : Closeable {
    /** What the screen shows now. */
    public var state: State = State()
        private set

    /** Hears every new state; a screen that is made anew sets its own and gets the present one. */
    public var show: (State) -> Unit = show
        set(value) {
            field = value
            value(state)
        }

    private var reader: PinPoint? = null
    private var document: Document? = null
    private var source: Source? = null
    private var toAsk: List<Question> = emptyList()
    private var toShow = 0
    private var cancellation = Cancellation()
    private var closed = false

    /** Opens the bundle; called once, and again after it failed. */
    public fun start() {
        if (state.bundle == Loading.None || state.bundle is Loading.Failed) openBundle(bundles::open)
    }

    /** Takes another bundle and opens it; what is read is read again with it. */
    public fun importBundle(from: BundleSource) {
        cancel()
        openBundle { progress, cancelled -> bundles.import(from, progress, cancelled) }
    }

    private fun openBundle(open: (Progress, Cancellation) -> PinPoint?) {
        update {
            copy(
                bundle = Loading.Running(null),
                document = if (document is Loading.Running) Loading.Waiting else document,
                asking = Loading.None,
            )
        }
        val before = if (reader == null) Loading.None else Loading.Done
        val put: State.(Loading) -> State = { copy(bundle = if (it == Loading.None) before else it) }
        run(put, ended = { if (state.document == Loading.Waiting) source?.let(::read) }) { progress, cancelled ->
            val opened = open(progress, cancelled)
            onMain { taken(opened) }
        }
    }

    private fun taken(opened: PinPoint?) {
        if (opened == null) return update { copy(bundle = Loading.Waiting) }
        if (closed) return background.execute(opened::close)
        val old = reader
        reader = opened
        if (old != null) background.execute(old::close)
        update { copy(bundle = Loading.Done, model = opened.model, licences = opened.licences) }
        source?.let(::read)
    }

    /** Reads a document; what ran for the one before is cancelled and forgotten. Without a bundle it waits for one. */
    public fun openDocument(source: Source) {
        toAsk = emptyList()
        take(source)
    }

    /** Brings back what [saved] gave, after the process had ended: the document is read and its questions asked again. */
    public fun restore(saved: Saved, source: Source) {
        toAsk = saved.asked
        toShow = saved.shown
        take(source)
    }

    /** What a new process needs to come back here; null where nothing was opened. */
    public fun saved(name: String?): Saved? = name?.let {
        val asked = state.results.map { result -> Question(result.question, result.field) }
        if (toAsk.isEmpty()) Saved(it, asked, state.results.indexOf(state.shown).coerceAtLeast(0)) else Saved(it, toAsk, toShow)
    }

    private fun take(source: Source) {
        this.source = source
        if (state.bundle !is Loading.Running) cancel()
        document = null
        if (reader != null && state.bundle !is Loading.Running) return read(source)
        update { emptied(Loading.Waiting) }
    }

    private fun State.emptied(document: Loading) = copy(
        document = document, pages = emptyList(), pagesLeftOut = 0, regions = emptyList(), timings = emptyMap(),
        pageSeen = 0, asking = Loading.None, results = emptyList(), shown = null,
    )

    private fun read(source: Source) {
        val reader = reader ?: return
        update { emptied(Loading.Running(null)) }
        run({ copy(document = it) }) { progress, cancelled ->
            val pages = source.open().use { file ->
                if (file.count < 1) throw PageException("The file has no pages: choose another one.")
                val count = minOf(file.count, MOST_PAGES)
                (0 until count).map { number ->
                    if (cancelled.isCancelled) throw CancelledException()
                    val page = file.load(number)
                    onMain(cancelled) { update { copy(pages = pages + page, pagesLeftOut = file.count - count) } }
                    page
                }
            }
            val read = reader.read(pages, progress, cancelled)
            onMain(cancelled) {
                document = read
                update {
                    copy(document = Loading.Done, regions = pages.indices.map(read::regionsOf), timings = read.timings)
                }
                askAgain()
            }
        }
    }

    private fun askAgain() {
        val questions = toAsk
        if (questions.isEmpty()) return
        answer(questions) {
            toAsk = emptyList()
            choose(state.results.getOrElse(toShow) { state.results.last() })
        }
    }

    /** Asks a question about the document. */
    public fun ask(question: String): Unit = askAnew(listOf(Question(question.trim())))

    /** Extracts a template's fields from the document. */
    public fun extract(template: Template): Unit = askAnew(template.fields.map { (field, question) -> Question(question, field) })

    private fun askAnew(questions: List<Question>) {
        if (state.canAsk) toAsk = emptyList()
        answer(questions)
    }

    private fun answer(questions: List<Question>, then: () -> Unit = {}) {
        val document = document
        if (document == null || !state.canAsk) return
        update { copy(asking = Loading.Running(null)) }
        run({ copy(asking = it) }) { progress, cancelled ->
            for ((number, question) in questions.withIndex()) {
                val answer = document.ask(question.text, progress = progress, cancellation = cancelled)
                onMain(cancelled) {
                    val result = Result(question.text, answer, question.field)
                    update { copy(results = results + result, shown = if (number == 0) result else shown) }
                    if (number == 0) see(result)
                }
            }
            onMain(cancelled) {
                update { copy(asking = Loading.Done) }
                then()
            }
        }
    }

    /** Puts the boxes of a result on the page, and the page into sight. */
    public fun choose(result: Result) {
        if (result !in state.results) return
        update { copy(shown = result) }
        see(result)
    }

    private fun see(result: Result) {
        result.answer.page?.let(::turnTo)
    }

    /** Brings a page into sight; it counts from 0. */
    public fun turnTo(page: Int) {
        if (page in state.pages.indices) update { copy(pageSeen = page) }
    }

    /** Takes failures off the screen; what failed can be tried again. */
    public fun dismiss() {
        update {
            copy(
                asking = if (asking is Loading.Failed) Loading.None else asking,
                document = if (document is Loading.Failed) Loading.None else document,
                bundle = if (bundle is Loading.Failed) (if (reader == null) Loading.Waiting else Loading.Done) else bundle,
            )
        }
    }

    /** Shows an error that the screen met, such as a file that cannot be opened. */
    public fun failed(error: PinPointException): Unit = update { copy(asking = failure(error)) }

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

    /** Runs [work] in the background; how it goes on becomes a part of the state through [put]; [ended] follows a failure. */
    private fun run(put: State.(Loading) -> State, ended: () -> Unit = {}, work: (Progress, Cancellation) -> Unit) {
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
                onMain { if (cancellation === own) end(put, Loading.None, ended) }
            } catch (error: PinPointException) {
                onMain(own) { end(put, failure(error), ended) }
            } catch (error: OutOfMemoryError) {
                onMain(own) { end(put, Loading.Failed("inference", "There is no memory left; close other apps. ($error)"), ended) }
            }
        }
    }

    private fun end(put: State.(Loading) -> State, result: Loading, ended: () -> Unit) {
        update { put(result) }
        ended()
    }

    private fun failure(error: PinPointException) = Loading.Failed(error.code, error.message.orEmpty())

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
