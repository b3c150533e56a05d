package org.pinpoint.edge

import java.io.Closeable
import java.io.File
import org.pinpoint.edge.bundle.Bundle
import org.pinpoint.edge.bundle.Licence
import org.pinpoint.edge.runtime.Runner
import org.pinpoint.edge.vision.LookedPage
import org.pinpoint.edge.vision.look

/** Most pixels of a page, and of a side. */
private const val MAX_PIXELS = 100_000_000L
private const val MAX_SIDE = 20_000

/**
 * A reader: one bundle, loaded.
 *
 * ```kotlin
 * PinPoint.open(bundleFile, OrtRunner()).use { reader ->
 *     val page = reader.read(pixels)
 *     val answer = page.ask("What is the total?")
 *     val fields = page.extract(mapOf("total" to "What is the total?", "date" to "What is the date?"))
 * }
 * ```
 *
 * Threads may share a reader and its documents: a lock lets their calls take turns. Calls take from tenths of a second to
 * seconds, so keep them off the main thread. [close] waits for the call that runs, then frees everything.
 */
public class PinPoint private constructor(private val engine: Engine) : Closeable {
    /** The bundle's name. */
    public val name: String get() = engine.manifest.name

    /** The model in it, with its version. */
    public val model: String get() = engine.manifest.model

    /** The sha256 that names the bundle's content. */
    public val digest: String get() = engine.bundle.digest

    /** Terms of everything in the bundle. */
    public val licences: List<Licence> get() = engine.manifest.licences

    /**
     * Reads a page: its regions are found, ordered and glanced at, once for all questions.
     *
     * @param pixels the page in RGB, upright: the caller applies the EXIF orientation.
     * @throws PageException the page is too large or grey.
     */
    @JvmOverloads
    public fun read(pixels: Pixels, progress: Progress? = null, cancellation: Cancellation? = null): Document =
        read(listOf(pixels), progress, cancellation)

    /** Reads several pages as one document. */
    @JvmOverloads
    public fun read(pages: List<Pixels>, progress: Progress? = null, cancellation: Cancellation? = null): Document {
        if (pages.isEmpty()) throw PageException("There are no pages to read: give at least one.")
        pages.forEach(::checkPage)
        val work = Work(progress, cancellation)
        val looked = ArrayList<LookedPage>()
        var first = 0
        for (pixels in pages) {
            looked += engine.alone {
                work.check()
                look(engine, pixels, first, work)
            }
            first += looked.last().regions.size
        }
        return Document(engine, looked, work.timings)
    }

    /**
     * Compares the sha256 of every file of the bundle with its manifest; takes a second.
     *
     * @throws IntegrityException a file was changed.
     */
    public fun verify(): Unit = engine.bundle.verify()

    override fun close(): Unit = engine.close()

    public companion object {
        /**
         * Opens a bundle.
         *
         * @param bundle its folder, or its single `.pinpoint` file, which is unpacked once, with every digest checked.
         * @param runner what runs the graphs.
         * @param unpackFolder where a single file is unpacked; on Android `File(context.noBackupFilesDir, "bundles")`.
         * @throws BundleException there is no bundle, or not one that this version reads.
         * @throws IntegrityException a file was changed.
         * @throws BackendException the runner does not run the bundle's target.
         * @throws OutputException the single file cannot be unpacked.
         */
        @JvmStatic
        @JvmOverloads
        public fun open(
            bundle: File,
            runner: Runner,
            unpackFolder: File = File(bundle.absoluteFile.parentFile, "bundles"),
            progress: Progress? = null,
            cancellation: Cancellation? = null,
        ): PinPoint {
            val opened = Bundle.open(bundle, unpackFolder, progress, cancellation)
            val target = opened.manifest.target
            if (target !in runner.targets) {
                throw BackendException(
                    "The bundle '${opened.manifest.name}' was exported for $target, but this runner runs " +
                        "${runner.targets.joinToString()}: take another runner, or export the bundle for it.",
                )
            }
            return PinPoint(Engine(opened, runner))
        }
    }
}

private fun checkPage(pixels: Pixels) {
    if (pixels.channels != 3) throw PageException("A grey page was given; pass red, green and blue.")
    val count = pixels.width.toLong() * pixels.height
    if (count > MAX_PIXELS || pixels.width > MAX_SIDE || pixels.height > MAX_SIDE) {
        throw PageException(
            "A page of ${pixels.width} x ${pixels.height} px is too large: pass at most 100 million pixels and " +
                "$MAX_SIDE a side; sample it down first.",
        )
    }
}
