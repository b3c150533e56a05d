package org.pinpoint.edge.bundle

import java.io.File
import java.io.IOException
import java.security.MessageDigest
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.IntegrityException
import org.pinpoint.edge.Progress
import org.pinpoint.edge.runtime.StageFile
import org.pinpoint.edge.runtime.TensorSpec

/** Files below this size are hashed at every opening; larger ones only by [Bundle.verify]. */
private const val CHEAP_BYTES = 8L shl 20

/** An opened bundle: its folder, its manifest, and the digest that names its content. */
internal class Bundle private constructor(val folder: File, val manifest: Manifest, val digest: String) {
    /** A file that the manifest lists. */
    fun file(name: String): File = File(folder, name)

    fun stageFile(stage: String): StageFile {
        val entry = manifest.stages.getValue(stage)
        fun specs(tensors: List<TensorEntry>) = tensors.map { TensorSpec(it.name, it.dtype, it.shape) }
        return StageFile(stage, file(entry.file), specs(entry.inputs), specs(entry.outputs))
    }

    /** The strings of a stage's classes; index 0 is the blank. */
    fun characters(stage: String): List<String> {
        val file = file(manifest.characters.getValue(stage))
        val value = Json.parse(file.readBytes(), file.path) as? List<*>
        return value?.map { it as? String ?: noCharacters(file) } ?: noCharacters(file)
    }

    private fun noCharacters(file: File): Nothing =
        throw BundleException("$file is no JSON array of strings; export the bundle again.")

    /** Hashes every file; raises [IntegrityException] or [BundleException] at the first that differs. */
    fun verify() {
        for (name in manifest.files.keys.sorted()) check(name, hashed = true)
    }

    private fun check(name: String, hashed: Boolean) {
        val entry = manifest.files.getValue(name)
        val file = file(name)
        if (!file.isFile) throw BundleException("$file is missing; get the bundle again.")
        if (file.length() != entry.size) {
            throw IntegrityException(
                "$file has ${file.length()} bytes, the manifest says ${entry.size}; get the bundle again.",
            )
        }
        if (hashed && digestOf(file) != entry.sha256) {
            throw IntegrityException("$file was changed: its sha256 is not the manifest's; get the bundle again.")
        }
    }

    companion object {
        /**
         * Opens a folder, or a single file that is unpacked below [unpackFolder].
         *
         * Sizes of all files and the sha256 of those below 8 MiB are compared with the manifest.
         */
        fun open(path: File, unpackFolder: File, progress: Progress?, cancellation: Cancellation?): Bundle {
            if (!path.exists()) {
                throw BundleException("$path does not exist; give the folder or .pinpoint file of a bundle.")
            }
            val folder = if (path.isFile) unpacked(path, unpackFolder, progress, cancellation) else path
            val listed = File(folder, MANIFEST)
            if (!listed.isFile) {
                throw BundleException("$folder is no bundle: $MANIFEST is missing; give the folder that holds it.")
            }
            val raw = try {
                if (listed.length() > 16 shl 20) throw BundleException("$listed is larger than 16 MiB; it is no manifest.")
                listed.readBytes()
            } catch (error: IOException) {
                throw BundleException("$listed cannot be read: ${error.message}; check its permissions.", error)
            }
            val bundle = Bundle(folder, readManifest(raw, listed.path), hexDigest(raw))
            for ((name, entry) in bundle.manifest.files) bundle.check(name, hashed = entry.size < CHEAP_BYTES)
            return bundle
        }
    }
}

internal fun newDigest(): MessageDigest = MessageDigest.getInstance("SHA-256")

internal fun hexDigest(bytes: ByteArray): String = newDigest().digest(bytes).hex()

internal fun ByteArray.hex(): String = joinToString("") { "%02x".format(java.util.Locale.ROOT, it) }

private fun digestOf(file: File): String = try {
    val digest = newDigest()
    val piece = ByteArray(1 shl 20)
    file.inputStream().use { source ->
        while (true) {
            val count = source.read(piece)
            if (count < 0) break
            digest.update(piece, 0, count)
        }
    }
    digest.digest().hex()
} catch (error: IOException) {
    throw BundleException("$file cannot be read: ${error.message}; check its permissions.", error)
}
