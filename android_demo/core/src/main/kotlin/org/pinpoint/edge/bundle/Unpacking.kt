package org.pinpoint.edge.bundle

import java.io.File
import java.io.IOException
import java.util.zip.ZipException
import org.pinpoint.edge.BundleException
import org.pinpoint.edge.IntegrityException
import org.pinpoint.edge.OutputException
import org.pinpoint.edge.Progress
import org.pinpoint.edge.Cancellation
import org.pinpoint.edge.CancelledException
import org.pinpoint.edge.Step

/**
 * The folder of a single-file bundle below [folder], unpacked there when it is new.
 *
 * Its name is the digest of the manifest, which holds the digest of every file. All goes into a folder beside it, which
 * is renamed at the end: after an error, a cancellation or a crash nothing half-written carries the name.
 */
internal fun unpacked(file: File, folder: File, progress: Progress?, cancellation: Cancellation?): File {
    try {
        Archive(file).use { archive ->
            val byName = archive.members.associateBy { it.name }
            val listed = byName[MANIFEST] ?: throw BundleException("$file is no bundle: $MANIFEST is missing in it.")
            if (listed.size > 16 shl 20) throw BundleException("$file: $MANIFEST is larger than any manifest. $DISTRUST")
            val raw = archive.open(listed).use { it.readBytes(listed.size.toInt(), file) }
            val manifest = readManifest(raw, "$file: $MANIFEST")
            checkMembers(file, manifest, byName)
            val target = File(folder, hexDigest(raw))
            if (!File(target, MANIFEST).isFile) extract(archive, manifest, byName, raw, target, file, progress, cancellation)
            return target
        }
    } catch (error: ZipException) {
        throw IntegrityException("$file is damaged: ${error.message}; get the bundle again.", error)
    } catch (error: IOException) {
        throw BundleException("$file cannot be read: ${error.message}.", error)
    }
}

private fun java.io.InputStream.readBytes(size: Int, file: File): ByteArray {
    val bytes = ByteArray(size)
    var at = 0
    while (at < size) {
        val got = read(bytes, at, size - at)
        if (got < 0) throw IntegrityException("$file is damaged: $MANIFEST is cut short; get the bundle again.")
        at += got
    }
    if (read() >= 0) throw IntegrityException("$file is damaged: $MANIFEST is longer than it says; get the bundle again.")
    return bytes
}

private fun checkMembers(file: File, manifest: Manifest, members: Map<String, Member>) {
    val extra = (members.keys - manifest.files.keys - MANIFEST).minOrNull()
    if (extra != null) throw BundleException("$file holds $extra, which its manifest does not list. $DISTRUST")
    val missing = (manifest.files.keys - members.keys).minOrNull()
    if (missing != null) throw BundleException("$file lacks the file $missing; get the bundle again.")
    for ((name, entry) in manifest.files) {
        val size = members.getValue(name).size
        if (size != entry.size) {
            throw IntegrityException(
                "$file: $name has $size bytes, the manifest says ${entry.size}; get the bundle again.",
            )
        }
    }
}

private fun extract(
    archive: Archive,
    manifest: Manifest,
    members: Map<String, Member>,
    raw: ByteArray,
    target: File,
    file: File,
    progress: Progress?,
    cancellation: Cancellation?,
) {
    val beside = File(target.parentFile, ".${target.name}.${System.nanoTime()}")
    val all = manifest.files.values.sumOf { it.size }
    var done = 0L
    try {
        writing(beside) { if (!beside.mkdirs()) throw IOException("the folder cannot be made") }
        for (name in manifest.files.keys.sorted()) {
            copy(archive, members.getValue(name), manifest.files.getValue(name), File(beside, name), file) { count ->
                if (cancellation?.isCancelled == true) throw CancelledException()
                done += count
                progress?.onProgress(Step.UNPACK, done, all)
            }
        }
        writing(target) {
            File(beside, MANIFEST).writeBytes(raw)
            target.parentFile?.mkdirs()
            // Another process may have unpacked the same bundle meanwhile: same name, same content.
            if (!beside.renameTo(target) && !File(target, MANIFEST).isFile) throw IOException("it cannot be renamed")
        }
    } finally {
        beside.deleteRecursively()
    }
}

/** Copies one member in pieces, never more than the manifest says, and compares its digest. */
private fun copy(
    archive: Archive,
    member: Member,
    entry: FileEntry,
    into: File,
    file: File,
    onPiece: (Int) -> Unit,
) {
    val digest = newDigest()
    val piece = ByteArray(1 shl 20)
    var size = 0L
    val out = writing(into) {
        into.parentFile?.mkdirs()
        into.outputStream()
    }
    out.use {
        archive.open(member).use { source ->
            while (true) {
                val count = source.read(piece)
                if (count < 0) break
                size += count
                if (size > entry.size) break
                digest.update(piece, 0, count)
                writing(into) { out.write(piece, 0, count) }
                onPiece(count)
            }
        }
    }
    if (size != entry.size || digest.digest().hex() != entry.sha256) {
        throw IntegrityException(
            "$file: ${member.name} was changed: it does not match the sha256 in the manifest; get the bundle again.",
        )
    }
}

private inline fun <T> writing(place: File, block: () -> T): T = try {
    block()
} catch (error: IOException) {
    throw OutputException("Cannot write $place: ${error.message}. Free some space or choose another folder.", error)
}
