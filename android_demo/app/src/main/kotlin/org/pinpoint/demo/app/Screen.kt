package org.pinpoint.demo.app

import android.util.Log
import android.view.View
import android.view.inputmethod.EditorInfo
import android.widget.ArrayAdapter
import android.widget.AutoCompleteTextView
import android.widget.Button
import android.widget.LinearLayout
import android.widget.ProgressBar
import android.widget.TextView
import org.pinpoint.demo.Loading
import org.pinpoint.demo.Presenter
import org.pinpoint.demo.Result
import org.pinpoint.demo.State
import org.pinpoint.demo.suggestions

/** The views of the screen: they show a state and tell the presenter what is touched. */
internal class Screen(
    private val activity: MainActivity,
    private val presenter: Presenter,
    private val templates: TemplateFiles,
) {
    private val words = Words(activity.resources)
    private val page = view<PageView>(R.id.page)
    private val pageBar = view<View>(R.id.page_bar)
    private val pageNumber = view<TextView>(R.id.page_number)
    private val previous = view<View>(R.id.previous)
    private val next = view<View>(R.id.next)
    private val status = view<TextView>(R.id.status)
    private val act = view<Button>(R.id.act)
    private val progress = view<ProgressBar>(R.id.progress)
    private val answer = view<TextView>(R.id.answer)
    private val question = view<AutoCompleteTextView>(R.id.question)
    private val ask = view<Button>(R.id.ask)
    private val list = view<LinearLayout>(R.id.results)
    private var listed: List<Result>? = null
    private var read: Map<String, Double> = emptyMap()
    private var logged = 0

    init {
        previous.setOnClickListener { presenter.turnTo(presenter.state.pageSeen - 1) }
        next.setOnClickListener { presenter.turnTo(presenter.state.pageSeen + 1) }
        ask.setOnClickListener { askIt() }
        question.setOnEditorActionListener { _, action, _ ->
            if (action == EditorInfo.IME_ACTION_SEND) askIt()
            action == EditorInfo.IME_ACTION_SEND
        }
        // The suggestions come when the empty field is touched, too.
        question.setOnClickListener { if (question.text.isEmpty()) question.showDropDown() }
    }

    @Suppress("UNCHECKED_CAST")
    private fun <V : View> view(id: Int): V = activity.findViewById(id) as V

    private fun askIt() {
        question.dismissDropDown()
        presenter.ask(question.text.toString())
    }

    /** Shows [state]. */
    fun draw(state: State) {
        page.show(state)
        page.contentDescription = words.page(state)
        pageBar.visibility = if (state.pages.size > 1) View.VISIBLE else View.GONE
        pageNumber.text = words.pageNumber(state)
        previous.isEnabled = state.pageSeen > 0
        next.isEnabled = state.pageSeen + 1 < state.pages.size
        setText(status, words.status(state))
        status.setTextColor(activity.getColor(if (state.failure != null) R.color.failure else R.color.icon))
        drawAction(state)
        val working = state.working
        progress.visibility = if (working != null) View.VISIBLE else View.INVISIBLE
        progress.isIndeterminate = working?.percent == null
        progress.progress = working?.percent ?: 0
        setText(answer, state.shown?.let(words::answer).orEmpty())
        answer.visibility = if (state.shown != null) View.VISIBLE else View.GONE
        question.isEnabled = state.document == Loading.Done
        ask.isEnabled = state.canAsk
        drawResults(state)
        log(state)
    }

    /** Times of the steps, for `adb logcat -s PinPoint`; never words of a document. */
    private fun log(state: State) {
        if (state.timings !== read && state.timings.isNotEmpty()) Log.i("PinPoint", "read: ${inMilliseconds(state.timings)}")
        read = state.timings
        for (result in state.results.drop(logged)) Log.i("PinPoint", "asked: ${inMilliseconds(result.answer.timings)}")
        logged = state.results.size
    }

    private fun inMilliseconds(times: Map<String, Double>) = times.entries.joinToString { "${it.key} ${it.value.toInt()} ms" }

    /** A live region speaks whenever its text is set, so it is set only when it is another one. */
    private fun setText(view: TextView, text: String) {
        if (view.text.toString() != text) view.text = text
    }

    /** The one button beside the status: it cancels, tries again, imports or closes a failure. */
    private fun drawAction(state: State) {
        val (label, action) = when {
            state.canCancel -> R.string.cancel to presenter::cancel
            state.bundle == Loading.Waiting || state.bundle == Loading.None -> R.string.import_bundle to activity::chooseBundle
            state.failure != null && state.failure == state.bundle -> R.string.retry to presenter::start
            state.failure != null -> R.string.close to presenter::dismiss
            else -> null to {}
        }
        act.visibility = if (label == null) View.GONE else View.VISIBLE
        if (label != null) act.setText(label)
        act.setOnClickListener { action() }
    }

    private fun drawResults(state: State) {
        if (listed !== state.results) {
            listed = state.results
            list.removeAllViews()
            for (result in state.results.asReversed()) {
                val row = activity.layoutInflater.inflate(R.layout.result, list, false) as TextView
                row.text = words.answer(result)
                row.tag = result
                row.setOnClickListener { presenter.choose(result) }
                list.addView(row)
            }
            val offered = suggestions(state.results, templates.all)
            question.setAdapter(ArrayAdapter(activity, R.layout.result, android.R.id.text1, offered))
        }
        for (i in 0 until list.childCount) list.getChildAt(i).isActivated = list.getChildAt(i).tag === state.shown
    }
}
