package org.pinpoint.demo

import org.pinpoint.edge.Answer
import org.pinpoint.edge.Box
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Step
import org.pinpoint.edge.bundle.Licence

/** What the screen shows; a new one replaces the old one as a whole. */
public data class State(
    /** The bundle: waited for, being opened, open, or why not. */
    public val bundle: Loading = Loading.None,
    /** The model of the open bundle. */
    public val model: String? = null,
    /** Terms of everything in the open bundle. */
    public val licences: List<Licence> = emptyList(),
    /** The document: waiting for the bundle, being read, read, or why not. */
    public val document: Loading = Loading.None,
    /** The pages that are read or being read. */
    public val pages: List<Pixels> = emptyList(),
    /** Pages of the file beyond those, which are not read. */
    public val pagesLeftOut: Int = 0,
    /** Bounds of the regions of each page. */
    public val regions: List<List<Box>> = emptyList(),
    /** Milliseconds by step of the reading. */
    public val timings: Map<String, Double> = emptyMap(),
    /** The page that is seen, from 0. */
    public val pageSeen: Int = 0,
    /** The question or the fields: being answered, answered, or why not. */
    public val asking: Loading = Loading.None,
    /** Answers on this document by question or field, the newest last. */
    public val results: List<Result> = emptyList(),
    /** The result whose boxes are on the page. */
    public val shown: Result? = null,
) {
    /** Whether a question can be asked now. */
    public val canAsk: Boolean get() = document == Loading.Done && asking !is Loading.Running

    /** Whether work runs that can be cancelled. */
    public val canCancel: Boolean get() = working != null

    /** The work that runs. */
    public val working: Loading.Running? get() =
        listOf(asking, document, bundle).firstNotNullOfOrNull { it as? Loading.Running }

    /** The newest failure that is still to be mended. */
    public val failure: Loading.Failed? get() =
        listOf(asking, document, bundle).firstNotNullOfOrNull { it as? Loading.Failed }
}

/** How far a piece of work is. */
public sealed class Loading {
    /** It was not begun. */
    public object None : Loading()

    /** It waits: a document for the bundle, the bundle for the user to import one. */
    public object Waiting : Loading()

    /** It runs; [done] of [all] of [step]. */
    public data class Running(public val step: Step?, public val done: Long = 0, public val all: Long = 0) : Loading() {
        /** The share that is done in percent, or null where nothing is known. */
        public val percent: Int? get() = if (all > 0) (100 * done / all).toInt().coerceIn(0, 100) else null
    }

    /** It is done. */
    public object Done : Loading()

    /** It failed: the [code] of the error and a [message] that a person understands. */
    public data class Failed(public val code: String, public val message: String) : Loading()
}

/** A question, and the field's name where a template gave it. */
public data class Question(public val text: String, public val field: String? = null)

/** One answer with the question that it is of, and the field's name where it was extracted. */
public data class Result(public val question: String, public val answer: Answer, public val field: String? = null)
