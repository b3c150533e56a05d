package org.pinpoint.demo.app

import android.content.res.Resources
import org.pinpoint.demo.Loading
import org.pinpoint.demo.Result
import org.pinpoint.demo.State
import org.pinpoint.demo.thirds
import org.pinpoint.edge.Step

/** States in words, to be seen and to be heard. */
internal class Words(private val resources: Resources) {
    /** The line that says what goes on and what to do next. */
    fun status(state: State): String {
        val failure = state.failure
        val working = state.working
        return when {
            working != null -> step(state, working)
            failure != null -> resources.getString(R.string.failure, failure.message, failure.code)
            state.bundle != Loading.Done && state.document == Loading.Waiting ->
                resources.getString(R.string.waiting_for_bundle) + " " + resources.getString(R.string.need_bundle)
            state.bundle != Loading.Done -> resources.getString(R.string.need_bundle)
            state.document != Loading.Done -> resources.getString(R.string.need_page)
            else -> resources.getString(R.string.ready, regions(state))
        }
    }

    private fun step(state: State, working: Loading.Running): String {
        val step = when (working.step) {
            null -> resources.getString(if (working === state.bundle) R.string.opening else R.string.reading)
            Step.UNPACK -> resources.getString(R.string.step_UNPACK)
            Step.DETECT -> resources.getString(R.string.step_DETECT)
            Step.LAYOUT -> resources.getString(R.string.step_LAYOUT)
            Step.GLANCE -> resources.getString(R.string.step_GLANCE)
            Step.ALIGN -> resources.getString(R.string.step_ALIGN)
            Step.REFINE -> resources.getString(R.string.step_REFINE)
            Step.PREFILL -> resources.getString(R.string.step_PREFILL)
            Step.DECODE -> resources.getString(R.string.step_DECODE)
        }
        // Nobody knows how long an answer gets.
        val percent = working.percent.takeIf { working.step != Step.DECODE } ?: return step
        return resources.getString(R.string.step_percent, step, percent)
    }

    private fun regions(state: State): String {
        val count = state.regions.sumOf { it.size }
        return resources.getQuantityString(R.plurals.regions, count, count)
    }

    /** "Page 2 of 3", and how many pages of the file are not read. */
    fun pageNumber(state: State): String {
        val number = resources.getString(R.string.page_of, state.pageSeen + 1, state.pages.size)
        if (state.pagesLeftOut == 0) return number
        val left = resources.getQuantityString(R.plurals.left_out, state.pagesLeftOut, state.pagesLeftOut)
        return "$number. $left"
    }

    /** An answer with its question and its confidence. */
    fun answer(result: Result): String = resources.getString(
        R.string.answer,
        result.field ?: result.question,
        result.answer.text ?: resources.getString(R.string.not_found),
        (100 * result.answer.confidence).toInt(),
    )

    /** What is heard of the page: its number, its regions, and where the answer is. */
    fun page(state: State): String {
        val page = state.pages.getOrNull(state.pageSeen) ?: return resources.getString(R.string.hear_no_page)
        val heard = resources.getString(R.string.hear_page, pageNumber(state), regions(state))
        val shown = state.shown?.answer ?: return heard
        val quad = shown.quads.firstOrNull() ?: return heard
        if (shown.page != state.pageSeen) return heard
        val (across, down) = thirds(quad, page.width to page.height)
        val place = resources.getStringArray(R.array.places)[3 * down + across]
        return resources.getString(R.string.hear_answer, heard, shown.text, place)
    }
}
