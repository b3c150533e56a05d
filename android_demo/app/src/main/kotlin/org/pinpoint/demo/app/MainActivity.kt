package org.pinpoint.demo.app

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.ClipData
import android.content.ClipboardManager
import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.os.Parcelable
import android.provider.MediaStore
import android.view.Menu
import android.view.MenuItem
import android.widget.Toast
import android.widget.Toolbar
import java.io.File
import java.util.concurrent.Executor
import java.util.concurrent.Executors
import org.pinpoint.demo.BundleFolder
import org.pinpoint.demo.Presenter
import org.pinpoint.demo.Saved
import org.pinpoint.demo.resultsCsv
import org.pinpoint.demo.resultsJson
import org.pinpoint.demo.resultsText
import org.pinpoint.edge.ort.OrtRunner

private const val CHOOSE = 1
private const val PHOTOGRAPH = 2
private const val IMPORT = 3
private const val SAVED = "saved"

/** The one screen: it hands what the user does to the presenter and draws what the presenter shows. */
public class MainActivity : Activity() {
    private lateinit var presenter: Presenter
    private lateinit var screen: Screen
    private lateinit var templates: TemplateFiles

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.main)
        setActionBar(findViewById(R.id.bar) as Toolbar)
        templates = TemplateFiles(this)
        // A screen that was turned keeps its presenter, with the reader and the answers.
        @Suppress("DEPRECATION")
        val kept = lastNonConfigurationInstance as Presenter?
        presenter = kept ?: newPresenter()
        screen = Screen(this, presenter, templates)
        presenter.show = screen::draw
        if (kept == null) begin(state)
    }

    private fun newPresenter(): Presenter {
        val handler = Handler(Looper.getMainLooper())
        val folder = File(noBackupFilesDir, "bundles")
        val bundles = BundleFolder(folder, { OrtRunner(threads()) }, broughtBundle(assets))
        return Presenter(bundles, Executors.newSingleThreadExecutor(), Executor { handler.post(it) }) {}
    }

    /** Half of the cores: the big ones of most phones. */
    private fun threads() = (Runtime.getRuntime().availableProcessors() / 2).coerceIn(1, 4)

    private fun begin(state: Bundle?) {
        presenter.start()
        val saved = Saved.ofTexts(state?.getStringArrayList(SAVED))
        val document = Document.kept(this)
        if (saved != null && document != null) presenter.restore(saved, document) else if (state == null) taken(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        taken(intent)
    }

    /** A document that another app shares with this one. */
    private fun taken(intent: Intent?) {
        val shared: Uri? = when (intent?.action) {
            Intent.ACTION_SEND -> streamOf(intent)
            Intent.ACTION_VIEW -> intent.data
            else -> null
        }
        if (shared != null) presenter.openDocument(Document.copied(this, shared))
    }

    /** Another app may put anything there. */
    private fun streamOf(intent: Intent): Uri? = try {
        intent.getParcelableExtra<Parcelable>(Intent.EXTRA_STREAM) as? Uri
    } catch (_: RuntimeException) {
        null
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        val saved = presenter.saved(Document.NAME) ?: return
        state.putStringArrayList(SAVED, ArrayList(saved.toTexts()))
    }

    @Deprecated("The platform's way without AndroidX")
    override fun onRetainNonConfigurationInstance(): Any = presenter

    override fun onDestroy() {
        presenter.show = {}
        if (!isChangingConfigurations) presenter.close()
        super.onDestroy()
    }

    override fun onCreateOptionsMenu(menu: Menu): Boolean {
        menuInflater.inflate(R.menu.main, menu)
        return true
    }

    override fun onPrepareOptionsMenu(menu: Menu): Boolean {
        val state = presenter.state
        val fields = menu.findItem(R.id.extract)
        fields.isEnabled = state.canAsk
        fields.subMenu?.let { list ->
            list.clear()
            for (template in templates.all) {
                list.add(template.name).setOnMenuItemClickListener {
                    presenter.extract(template)
                    true
                }
            }
            list.add(R.string.own_template).setOnMenuItemClickListener {
                templates.write(presenter)
                true
            }
        }
        for (id in listOf(R.id.copy, R.id.share_json, R.id.share_csv)) menu.findItem(id).isEnabled = state.results.isNotEmpty()
        return super.onPrepareOptionsMenu(menu)
    }

    override fun onOptionsItemSelected(item: MenuItem): Boolean {
        when (item.itemId) {
            R.id.choose -> choose("image/*", CHOOSE, "image/*", "application/pdf")
            R.id.photograph -> photograph()
            R.id.copy -> copy()
            R.id.share_json -> share(LentFiles.JSON, resultsJson(presenter.state.results))
            R.id.share_csv -> share(LentFiles.CSV, resultsCsv(presenter.state.results))
            R.id.import_bundle -> chooseBundle()
            R.id.licences -> startActivity(LicencesActivity.intent(this, presenter.state))
            else -> return super.onOptionsItemSelected(item)
        }
        return true
    }

    /** Lets the user choose a bundle's file, which has no type of its own. */
    internal fun chooseBundle(): Unit = choose("*/*", IMPORT)

    private fun choose(type: String, code: Int, vararg types: String) {
        val intent = Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE)
        intent.type = if (types.size > 1) "*/*" else type
        if (types.isNotEmpty()) intent.putExtra(Intent.EXTRA_MIME_TYPES, types)
        start(intent, code, R.string.no_picker)
    }

    private fun photograph() {
        val place = LentFiles.uri(LentFiles.PHOTO)
        LentFiles.file(this, LentFiles.PHOTO).delete()
        val intent = Intent(MediaStore.ACTION_IMAGE_CAPTURE).putExtra(MediaStore.EXTRA_OUTPUT, place)
        intent.clipData = ClipData.newRawUri("", place)
        intent.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION or Intent.FLAG_GRANT_READ_URI_PERMISSION)
        start(intent, PHOTOGRAPH, R.string.no_camera)
    }

    private fun start(intent: Intent, code: Int, missing: Int) {
        try {
            startActivityForResult(intent, code)
        } catch (_: ActivityNotFoundException) {
            Toast.makeText(this, missing, Toast.LENGTH_LONG).show()
        }
    }

    override fun onActivityResult(code: Int, result: Int, data: Intent?) {
        if (result != RESULT_OK) return
        val chosen = data?.data
        when (code) {
            PHOTOGRAPH -> presenter.openDocument(Document.copied(this, LentFiles.uri(LentFiles.PHOTO)))
            CHOOSE -> if (chosen != null) presenter.openDocument(Document.copied(this, chosen))
            IMPORT -> if (chosen != null) presenter.importBundle(chosenBundle(contentResolver, chosen))
        }
    }

    private fun copy() {
        val text = resultsText(presenter.state.results, getString(R.string.not_found))
        val clipboard = getSystemService(Context.CLIPBOARD_SERVICE) as ClipboardManager
        clipboard.primaryClip = ClipData.newPlainText(getString(R.string.results), text)
        Toast.makeText(this, R.string.copied, Toast.LENGTH_SHORT).show()
    }

    private fun share(name: String, text: String) {
        try {
            LentFiles.file(this, name).writeText(text)
        } catch (error: java.io.IOException) {
            Toast.makeText(this, getString(R.string.unreadable, error.message), Toast.LENGTH_LONG).show()
            return
        }
        val intent = Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, LentFiles.uri(name))
        intent.type = LentFiles.typeOf(name)
        intent.clipData = ClipData.newRawUri("", LentFiles.uri(name))
        intent.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
        startActivity(Intent.createChooser(intent, null))
    }
}
