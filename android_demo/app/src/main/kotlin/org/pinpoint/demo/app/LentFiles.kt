package org.pinpoint.demo.app

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import java.io.File
import java.io.FileNotFoundException

/** Lends three files, each by name: the camera writes the photo, the app that results are shared with reads them. */
public class LentFiles : ContentProvider() {
    override fun onCreate(): Boolean = true

    private fun fileOf(uri: Uri): File {
        val name = uri.lastPathSegment
        if (uri.pathSegments.size != 1 || name !in TYPES) throw FileNotFoundException("There is no file $uri.")
        return file(context ?: throw FileNotFoundException("The app is not running."), name.orEmpty())
    }

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor =
        ParcelFileDescriptor.open(fileOf(uri), ParcelFileDescriptor.parseMode(mode))

    override fun getType(uri: Uri): String? = uri.lastPathSegment?.let(TYPES::get)

    override fun query(uri: Uri, columns: Array<String>?, where: String?, values: Array<String>?, order: String?): Cursor {
        val file = fileOf(uri)
        val known = mapOf<String, Any>(OpenableColumns.DISPLAY_NAME to file.name, OpenableColumns.SIZE to file.length())
        val wanted = (columns ?: known.keys.toTypedArray()).filter { it in known }
        return MatrixCursor(wanted.toTypedArray(), 1).apply { addRow(wanted.map(known::get)) }
    }

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun delete(uri: Uri, where: String?, values: Array<String>?): Int = 0

    override fun update(uri: Uri, values: ContentValues?, where: String?, arguments: Array<String>?): Int = 0

    internal companion object {
        const val PHOTO = "photo.jpg"
        const val JSON = "results.json"
        const val CSV = "results.csv"
        private const val AUTHORITY = "org.pinpoint.demo.app.files"
        private val TYPES = mapOf(PHOTO to "image/jpeg", JSON to "application/json", CSV to "text/csv")

        fun typeOf(name: String): String? = TYPES[name]

        fun uri(name: String): Uri = Uri.parse("content://$AUTHORITY/$name")

        fun file(context: Context, name: String): File {
            val folder = File(context.cacheDir, "lent")
            folder.mkdirs()
            return File(folder, name)
        }
    }
}
