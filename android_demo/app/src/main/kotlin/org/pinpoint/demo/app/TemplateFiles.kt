package org.pinpoint.demo.app

import android.app.Activity
import android.app.AlertDialog
import android.widget.EditText
import java.io.File
import java.io.IOException
import org.pinpoint.demo.Presenter
import org.pinpoint.demo.Template
import org.pinpoint.demo.readTemplates
import org.pinpoint.demo.templateOf
import org.pinpoint.demo.writeTemplates
import org.pinpoint.edge.OptionException
import org.pinpoint.edge.OutputException
import org.pinpoint.edge.PinPointException

/** The templates of the app and the user's own, in JSON. */
internal class TemplateFiles(private val activity: Activity) {
    private val file = File(activity.filesDir, "templates.json")
    private val brought = readTemplates(activity.assets.open("templates.json").bufferedReader().use { it.readText() })
    private var own = readOwn()

    /** All of them, the user's last. */
    val all: List<Template> get() = brought + own

    private fun readOwn(): List<Template> = try {
        if (file.isFile) readTemplates(file.readText()) else emptyList()
    } catch (_: OptionException) {
        emptyList()
    } catch (_: IOException) {
        emptyList()
    }

    /** Lets the user write a template; its fields are extracted at once. */
    fun write(presenter: Presenter) {
        val form = activity.layoutInflater.inflate(R.layout.template, null)
        val name = form.findViewById(R.id.template_name) as EditText
        val fields = form.findViewById(R.id.template_fields) as EditText
        AlertDialog.Builder(activity)
            .setTitle(R.string.own_template)
            .setView(form)
            .setNegativeButton(R.string.cancel, null)
            .setPositiveButton(R.string.save) { _, _ ->
                try {
                    val template = templateOf(name.text.toString(), fields.text.toString())
                    keep(template)
                    presenter.extract(template)
                } catch (error: PinPointException) {
                    presenter.failed(error)
                }
            }
            .show()
    }

    /** Keeps a template; one of the same name is replaced. */
    private fun keep(template: Template) {
        own = own.filter { it.name != template.name } + template
        val beside = File(file.path + ".new")
        try {
            beside.writeText(writeTemplates(own))
            if (!beside.renameTo(file)) throw IOException("it cannot be renamed")
        } catch (error: IOException) {
            throw OutputException("The list of fields cannot be kept: ${error.message}. Free some space.", error)
        } finally {
            beside.delete()
        }
    }
}
