package org.pinpoint.demo.app

import android.content.ContentResolver
import android.content.res.AssetManager
import android.net.Uri
import android.provider.OpenableColumns
import java.io.IOException
import java.io.InputStream
import org.pinpoint.demo.BundleSource

/** The asset under which an app that is built with a bundle brings it. */
private const val ASSET = "bundle.pinpoint"

/** The bundle among the app's assets, or null where there is none. */
internal fun broughtBundle(assets: AssetManager): BundleSource? {
    if (ASSET !in assets.list("").orEmpty()) return null
    return object : BundleSource {
        // It is known for an asset that is stored, not compressed.
        override val size: Long? by lazy {
            try {
                assets.openFd(ASSET).use { it.length }
            } catch (_: IOException) {
                null
            }
        }

        override fun open(): InputStream = assets.open(ASSET, AssetManager.ACCESS_STREAMING)
    }
}

/** A bundle's file that the user chose from another app. */
internal fun chosenBundle(resolver: ContentResolver, uri: Uri): BundleSource = object : BundleSource {
    override val size: Long? by lazy {
        try {
            resolver.query(uri, arrayOf(OpenableColumns.SIZE), null, null, null)?.use { rows ->
                if (rows.moveToFirst() && !rows.isNull(0)) rows.getLong(0) else null
            }
        } catch (_: RuntimeException) {
            // Another app answers; without a size the copy goes on without a share that is done.
            null
        }
    }

    override fun open(): InputStream = try {
        resolver.openInputStream(uri) ?: throw IOException("nothing is there")
    } catch (error: RuntimeException) {
        // Permission is missing, or the other app fails.
        throw IOException(error.message, error)
    }
}
