package org.pinpoint.demo

import java.io.Closeable
import org.pinpoint.edge.Pixels

/** A document that can be opened as often as needed: a picture or a PDF in a file of the app. */
public fun interface Source {
    /** Opens it; raises [org.pinpoint.edge.PageException]. */
    public fun open(): Pages
}

/** The pages of an opened document. */
public interface Pages : Closeable {
    /** How many pages there are. */
    public val count: Int

    /** Decodes a page, upright, in RGB; [number] counts from 0; raises [org.pinpoint.edge.PageException]. */
    public fun load(number: Int): Pixels
}

/** The kinds of files that the app takes. */
public enum class FileKind {
    /** A picture that the system may decode. */
    PICTURE,

    /** A PDF file. */
    PDF,

    /** A bundle's single file. */
    BUNDLE,

    /** None of these. */
    UNKNOWN,
}

/** The kind of a file by its first 12 bytes; names and MIME types of other apps often lie. */
public fun kindOf(head: ByteArray): FileKind {
    fun has(text: String, at: Int = 0) =
        head.size >= at + text.length && text.indices.all { (head[at + it].toInt() and 255) == text[it].code }
    return when {
        has("%PDF") -> FileKind.PDF
        has("PK\u0003\u0004") -> FileKind.BUNDLE
        has("\u00ff\u00d8\u00ff") || has("\u0089PNG") || has("GIF8") || has("BM") -> FileKind.PICTURE
        has("RIFF") && has("WEBP", 8) || has("ftyp", 4) -> FileKind.PICTURE
        else -> FileKind.UNKNOWN
    }
}

/** Whether a picture lies as its EXIF orientation says; decoders turn HEIF and AVIF by themselves. */
public fun followsExif(head: ByteArray): Boolean =
    head.size < 8 || String(head, 4, 4, Charsets.ISO_8859_1) != "ftyp"

/** What a screen needs to come back after its process ended. */
public data class Saved(
    /** The app's name of the document's file. */
    public val document: String,
    /** The questions that were answered, in their order. */
    public val asked: List<Question>,
    /** The index of the one whose boxes were shown. */
    public val shown: Int,
) {
    /** As texts, which every store of a screen's state takes. */
    public fun toTexts(): List<String> =
        listOf(document, "$shown") + asked.flatMap { listOf(it.field.orEmpty(), it.text) }

    public companion object {
        /** Reads what [toTexts] wrote; null where it is not that. */
        public fun ofTexts(texts: List<String>?): Saved? {
            if (texts == null || texts.size < 2 || texts.size % 2 != 0) return null
            val shown = texts[1].toIntOrNull() ?: return null
            val asked = texts.drop(2).chunked(2).map { (field, text) -> Question(text, field.ifEmpty { null }) }
            return Saved(texts[0], asked, shown)
        }
    }
}
