package org.pinpoint.demo

import org.pinpoint.edge.Answer
import org.pinpoint.edge.Box
import org.pinpoint.edge.Pixels
import org.pinpoint.edge.Step

/** What the screen shows; a new one replaces the old one as a whole. */
public data class State(
    /** The bundle: being opened, open, or why not. */
    public val bundle: Loading = Loading.None,
    /** The page: being read, read, or why not. */
    public val page: Loading = Loading.None,
    /** The pixels of the page that is read or being read. */
    public val pixels: Pixels? = null,
    /** Bounds of the page's regions. */
    public val regions: List<Box> = emptyList(),
    /** The question or the fields: being answered, answered, or why not. */
    public val asking: Loading = Loading.None,
    /** Answers on this page by question or field, the newest last. */
    public val results: List<Result> = emptyList(),
    /** The result whose boxes are on the page. */
    public val shown: Result? = null,
) {
    /** Whether a question can be asked now. */
    public val canAsk: Boolean get() = page == Loading.Done && asking !is Loading.Running

    /** Whether work runs that can be cancelled. */
    public val canCancel: Boolean get() = listOf(bundle, page, asking).any { it is Loading.Running }
}

/** How far a piece of work is. */
public sealed class Loading {
    /** It was not begun. */
    public object None : Loading()

    /** It runs; [done] of [all] of [step]. */
    public data class Running(public val step: Step?, public val done: Long = 0, public val all: Long = 0) : Loading()

    /** It is done. */
    public object Done : Loading()

    /** It failed: the [code] of the error and a [message] that a person understands. */
    public data class Failed(public val code: String, public val message: String) : Loading()
}

/** One answer with the question that it is of, and the field's name where it was extracted. */
public data class Result(public val question: String, public val answer: Answer, public val field: String? = null)

/** A list of fields to extract, with a question each. */
public data class Template(public val name: String, public val fields: Map<String, String>)

/** The templates that the app brings. */
public val TEMPLATES: List<Template> = listOf(
    Template(
        "Receipt",
        linkedMapOf(
            "company" to "What is the name of the company on the receipt?",
            "date" to "What is the date on the receipt?",
            "total" to "What is the total amount on the receipt?",
        ),
    ),
    Template(
        "Invoice",
        linkedMapOf(
            "number" to "What is the invoice number?",
            "date" to "What is the invoice date?",
            "due" to "What is the due date?",
            "total" to "What is the total amount due?",
        ),
    ),
    Template(
        "Identity card",
        linkedMapOf(
            "name" to "What is the full name?",
            "born" to "What is the date of birth?",
            "number" to "What is the document number?",
            "expires" to "What is the date of expiry?",
        ),
    ),
)
