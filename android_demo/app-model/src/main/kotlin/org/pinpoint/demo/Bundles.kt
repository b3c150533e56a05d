package org.pinpoint.demo

import java.io.File
import java.io.IOException
import java.io.InputStream
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.OutputException
import org.pinpoint.edge.PinPoint
import org.pinpoint.edge.PinPointException
import org.pinpoint.edge.Progress
import org.pinpoint.edge.Step
import org.pinpoint.edge.runtime.Runner

/** A bundle's single file, wherever it comes from: the app's assets, a document of another app. */
public interface BundleSource {
    /** Its bytes, or null where nobody says. */
    public val size: Long?

    /** Opens it; raises [IOException]. */
    public fun open(): InputStream
}

/** The bundles of the app; calls take seconds. */
public interface Bundles {
    /** Opens the bundle that was imported last, or the one that the app brings; null: there is none. */
    public fun open(progress: Progress, cancellation: Cancellation): PinPoint?

    /** Copies, checks and opens a bundle's file, which the next [open] opens too. */
    public fun import(from: BundleSource, progress: Progress, cancellation: Cancellation): PinPoint
}

/**
 * Bundles below a private folder; the file `current` names the one in use.
 *
 * @param runner makes what runs the graphs.
 * @param brought the bundle that the app brings, if it does.
 * @param free bytes that may still be written in the folder.
 */
public class BundleFolder(
    private val folder: File,
    private val runner: () -> Runner,
    private val brought: BundleSource? = null,
    private val free: () -> Long = folder::getUsableSpace,
) : Bundles {
    private val current = File(folder, "current")

    override fun open(progress: Progress, cancellation: Cancellation): PinPoint? {
        val name = if (current.isFile) current.readText().trim() else ""
        val known = File(folder, name)
        if (name.isNotEmpty() && known.isDirectory) return PinPoint.open(known, runner(), folder, progress, cancellation)
        return brought?.let { import(it, progress, cancellation) }
    }

    override fun import(from: BundleSource, progress: Progress, cancellation: Cancellation): PinPoint {
        val file = File(folder, "incoming.pinpoint")
        try {
            checkSpace(from.size)
            copy(from, file, progress, cancellation)
            val reader = PinPoint.open(file, runner(), folder, progress, cancellation)
            try {
                keep(reader.digest)
            } catch (error: PinPointException) {
                reader.close()
                throw error
            }
            return reader
        } finally {
            file.delete()
        }
    }

    /** The copy and what is unpacked from it lie side by side for a moment. */
    private fun checkSpace(size: Long?) {
        folder.mkdirs()
        val needed = 2 * (size ?: return)
        if (free() < needed) {
            throw OutputException(
                "The bundle takes ${needed shr 20} MB for a moment, and ${free() shr 20} MB are free. Free some space, then " +
                    "import it again.",
            )
        }
    }

    private fun copy(from: BundleSource, to: File, progress: Progress, cancellation: Cancellation) {
        val source = reading { from.open() }
        source.use {
            writing(to) {
                to.outputStream().use { out ->
                    val piece = ByteArray(1 shl 20)
                    var done = 0L
                    while (true) {
                        if (cancellation.isCancelled) throw CancelledException()
                        val count = reading { source.read(piece) }
                        if (count < 0) break
                        out.write(piece, 0, count)
                        done += count
                        progress.onProgress(Step.UNPACK, done, maxOf(from.size ?: 0, done))
                    }
                }
            }
        }
    }

    /** Makes a bundle the current one and deletes the others. */
    private fun keep(digest: String) {
        val beside = File(folder, "current.new")
        try {
            writing(current) {
                beside.writeText(digest)
                if (!beside.renameTo(current)) throw IOException("it cannot be renamed")
            }
        } finally {
            beside.delete()
        }
        for (other in folder.listFiles().orEmpty()) if (other.isDirectory && other.name != digest) other.deleteRecursively()
    }
}

private inline fun <T> writing(file: File, block: () -> T): T = try {
    block()
} catch (error: IOException) {
    throw OutputException("Cannot write ${file.name}: ${error.message}. Free some space, then try again.", error)
}

private inline fun <T> reading(block: () -> T): T = try {
    block()
} catch (error: IOException) {
    throw BundleException("The bundle cannot be read: ${error.message}. Choose it again.", error)
}
