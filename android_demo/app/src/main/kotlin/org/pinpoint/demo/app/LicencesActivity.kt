package org.pinpoint.demo.app

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.widget.TextView
import android.widget.Toolbar
import java.io.IOException
import org.pinpoint.demo.State

/** The terms of the app, of what is in it, and of the models of the open bundle. */
public class LicencesActivity : Activity() {
    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.licences)
        setActionBar(findViewById(R.id.bar) as Toolbar)
        actionBar?.setDisplayHomeAsUpEnabled(true)
        val models = intent.getStringExtra(MODELS).orEmpty()
        (findViewById(R.id.licences) as TextView).text = models + app()
    }

    /** The build writes this asset from LICENSE, NOTICE and the libraries' licences. */
    private fun app(): String = try {
        assets.open("licences.txt").bufferedReader().use { it.readText() }
    } catch (error: IOException) {
        getString(R.string.unreadable, error.message)
    }

    internal companion object {
        private const val MODELS = "models"

        fun intent(context: Context, state: State): Intent {
            val lines = state.licences.map { context.getString(R.string.licence_line, it.component, it.licence, it.source) }
            val heading = state.model?.let { context.getString(R.string.licences_of_bundle, it) + "\n\n" }.orEmpty()
            return Intent(context, LicencesActivity::class.java)
                .putExtra(MODELS, heading + lines.joinToString("") { "$it\n\n" })
        }
    }
}
