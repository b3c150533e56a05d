package org.pinpoint.edge.bundle

import java.util.Locale
import org.pinpoint.edge.BundleException

/*
 * Names of a bundle's files: relative, portable, and unable to leave the bundle's folder.
 */

internal const val MANIFEST = "manifest.json"
private const val MAX_PATH = 200
private val SEGMENT = Regex("[A-Za-z0-9_+\\-.]{1,100}")
private val DRIVE = Regex("[A-Za-z]:.*", RegexOption.DOT_MATCHES_ALL)
private val DEVICES = setOf("con", "prn", "aux", "nul") + (0..9).flatMap { listOf("com$it", "lpt$it") }

/** Why a name is no safe file name of a bundle, or null when it is one. */
internal fun problemOf(name: String): String? = when {
    name.isEmpty() -> "is empty"
    name.length > MAX_PATH -> "is longer than $MAX_PATH characters"
    '\\' in name -> "holds a backslash"
    DRIVE.matches(name) -> "starts with a drive letter"
    name.startsWith('/') -> "is an absolute path"
    name.endsWith('/') -> "is a folder"
    else -> name.split('/').firstNotNullOfOrNull(::problemOfSegment)
}

private fun problemOfSegment(segment: String): String? = when {
    segment == "." || segment == ".." -> "holds '$segment'"
    !SEGMENT.matches(segment) -> "holds a character other than ASCII letters, digits and _ + - ."
    segment.endsWith('.') -> "has a part that ends in a dot"
    segment.substringBefore('.').lowercase(Locale.ROOT) in DEVICES -> "has a part that is a device name"
    else -> null
}

/** Refuses unsafe names, duplicates in any case, and a file that is also a folder; [where] names their source. */
internal fun checkNames(names: List<String>, where: String) {
    fun refuse(reason: String): Nothing = throw BundleException(
        "$where: $reason. Do not use this bundle; get it again from a source that you trust.",
    )
    val seen = HashMap<String, String>()
    for (name in names) {
        problemOf(name)?.let { refuse("the file name '${name.take(80)}' $it") }
        seen.put(name.lowercase(Locale.ROOT), name)?.let {
            refuse("the file names '${it.take(80)}' and '${name.take(80)}' are duplicates")
        }
    }
    for ((folded, name) in seen) {
        var end = folded.indexOf('/')
        while (end >= 0) {
            if (folded.substring(0, end) in seen) refuse("'${name.take(80)}' lies inside a name that is itself a file")
            end = folded.indexOf('/', end + 1)
        }
    }
}
