package org.pinpoint.demo.app

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import android.graphics.pdf.PdfRenderer
import android.media.ExifInterface
import android.net.Uri
import android.os.ParcelFileDescriptor
import java.io.File
import java.io.IOException
import kotlin.math.roundToInt
import org.pinpoint.demo.FileKind
import org.pinpoint.demo.Pages
import org.pinpoint.demo.Source
import org.pinpoint.demo.UprightPicture
import org.pinpoint.demo.followsExif
import org.pinpoint.demo.kindOf
import org.pinpoint.demo.pdfScale
import org.pinpoint.demo.sampleSize
import org.pinpoint.edge.PageException
import org.pinpoint.edge.Pixels

/**
 * The open document in a private file.
 *
 * It is copied there from the app that shares it, whose permission ends with this process.
 */
internal class Document private constructor(
    private val file: File,
    private val unknown: String,
    private val copy: ((File) -> Unit)?,
) : Source {
    private var copied = copy == null

    override fun open(): Pages {
        try {
            if (!copied) {
                copy?.invoke(file)
                copied = true
            }
            val head = file.inputStream().use { source -> ByteArray(HEAD).also { source.read(it) } }
            return when (kindOf(head)) {
                FileKind.PDF -> PdfPages(file)
                FileKind.PICTURE -> Picture(file, followsExif(head))
                else -> throw PageException(unknown)
            }
        } catch (error: PageException) {
            throw error
        } catch (error: SecurityException) {
            throw PageException("The file may not be opened, or takes a password: ${error.message}. Choose another one.")
        } catch (error: Exception) {
            // Besides an IOException, the app that shares the file may throw anything.
            throw PageException("The file cannot be opened: ${error.message}. Choose it again, or another one.")
        }
    }

    companion object {
        /** The name of the file, for a saved state. */
        const val NAME = "document"
        private const val HEAD = 16

        private fun place(context: Context) = File(context.filesDir, NAME)

        /** A document of another app or of the camera; it replaces the open one. */
        fun copied(context: Context, uri: Uri): Document {
            val resolver = context.contentResolver
            place(context).delete()
            return Document(place(context), context.getString(R.string.unknown_kind)) { file ->
                val beside = File(file.path + ".new")
                val source = resolver.openInputStream(uri) ?: throw IOException("nothing is there")
                try {
                    source.use { from -> beside.outputStream().use { from.copyTo(it) } }
                    if (!beside.renameTo(file)) throw IOException("it cannot be renamed")
                } finally {
                    beside.delete()
                }
            }
        }

        /** The document that was open before the process ended, if its copy was complete. */
        fun kept(context: Context): Document? =
            place(context).takeIf { it.isFile }?.let { Document(it, context.getString(R.string.unknown_kind), null) }
    }
}

/** A picture as a document of one page, sampled down where it is large, turned upright. */
private class Picture(private val file: File, private val followsExif: Boolean) : Pages {
    override val count: Int get() = 1

    override fun load(number: Int): Pixels {
        val options = BitmapFactory.Options()
        options.inJustDecodeBounds = true
        BitmapFactory.decodeFile(file.path, options)
        if (options.outWidth < 1) throw undecodable()
        options.inJustDecodeBounds = false
        options.inSampleSize = sampleSize(options.outWidth, options.outHeight)
        options.inPreferredConfig = Bitmap.Config.ARGB_8888
        val bitmap = BitmapFactory.decodeFile(file.path, options) ?: throw undecodable()
        return pixelsOf(bitmap, orientation())
    }

    private fun undecodable() =
        PageException("This device cannot decode the picture: it is damaged or of a rare kind. Choose another one.")

    private fun orientation(): Int {
        if (!followsExif) return ExifInterface.ORIENTATION_NORMAL
        return try {
            ExifInterface(file.path).getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)
        } catch (_: IOException) {
            ExifInterface.ORIENTATION_NORMAL
        }
    }

    override fun close() = Unit
}

/** The pages of a PDF, drawn by the system. */
private class PdfPages(file: File) : Pages {
    private val descriptor = ParcelFileDescriptor.open(file, ParcelFileDescriptor.MODE_READ_ONLY)
    private val renderer = try {
        PdfRenderer(descriptor)
    } catch (error: Exception) {
        descriptor.close()
        throw error
    }

    override val count: Int get() = renderer.pageCount

    override fun load(number: Int): Pixels = try {
        drawn(number)
    } catch (error: RuntimeException) {
        // The system's renderer throws what it likes at a broken page.
        throw PageException("Page ${number + 1} of the PDF cannot be drawn: ${error.message}. Choose another file.")
    }

    private fun drawn(number: Int): Pixels = renderer.openPage(number).use { page ->
        val scale = pdfScale(page.width, page.height)
        val width = (page.width * scale).roundToInt().coerceAtLeast(1)
        val height = (page.height * scale).roundToInt().coerceAtLeast(1)
        val bitmap = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
        bitmap.eraseColor(Color.WHITE)
        page.render(bitmap, null, null, PdfRenderer.Page.RENDER_MODE_FOR_DISPLAY)
        pixelsOf(bitmap, ExifInterface.ORIENTATION_NORMAL)
    }

    override fun close() = renderer.close()
}

/** The pixels of a bitmap, which is freed. */
private fun pixelsOf(bitmap: Bitmap, orientation: Int): Pixels {
    try {
        val picture = UprightPicture(bitmap.width, bitmap.height, orientation)
        val row = IntArray(bitmap.width)
        for (y in 0 until bitmap.height) {
            bitmap.getPixels(row, 0, bitmap.width, 0, y, bitmap.width, 1)
            picture.row(y, row)
        }
        return picture.pixels()
    } finally {
        bitmap.recycle()
    }
}
