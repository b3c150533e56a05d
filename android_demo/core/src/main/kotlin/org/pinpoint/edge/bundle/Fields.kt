package org.pinpoint.edge.bundle

import org.pinpoint.edge.BundleException

/** The fields of a JSON object that is checked as it is read; [path] names it in messages. */
internal class Fields(value: Any?, val path: String) {
    @Suppress("UNCHECKED_CAST")
    private val values = value as? Map<String, Any?> ?: broken(path, "it is no object")

    val names: Set<String> get() = values.keys

    fun has(name: String): Boolean = values[name] != null

    private fun required(name: String): Any = values[name] ?: broken("$path.$name", "it is missing")

    fun text(name: String): String = required(name) as? String ?: broken("$path.$name", "it is no text")

    fun long(name: String): Long = required(name) as? Long ?: broken("$path.$name", "it is no whole number")

    /** A whole number from [least] on. */
    fun int(name: String, least: Int = Int.MIN_VALUE): Int {
        val value = long(name)
        if (value < least || value > Int.MAX_VALUE) broken("$path.$name", "it is out of range")
        return value.toInt()
    }

    fun number(name: String): Double = number(required(name), "$path.$name")

    fun number(name: String, missing: Double): Double = if (has(name)) number(name) else missing

    private fun number(value: Any?, at: String): Double = when (value) {
        is Long -> value.toDouble()
        is Double -> value
        else -> broken(at, "it is no number")
    }

    fun list(name: String): List<Any?> = required(name) as? List<Any?> ?: broken("$path.$name", "it is no list")

    fun texts(name: String): List<String> =
        list(name).mapIndexed { i, item -> item as? String ?: broken("$path.$name[$i]", "it is no text") }

    fun ints(name: String): List<Int> = ints(list(name), "$path.$name")

    private fun ints(values: List<Any?>, at: String): List<Int> = values.mapIndexed { i, item ->
        (item as? Long)?.takeIf { it in Int.MIN_VALUE..Int.MAX_VALUE }?.toInt()
            ?: broken("$at[$i]", "it is no whole number")
    }

    /** Lists of whole numbers. */
    fun rows(name: String): List<List<Int>> = list(name).mapIndexed { i, item ->
        ints(item as? List<Any?> ?: broken("$path.$name[$i]", "it is no list"), "$path.$name[$i]")
    }

    fun fields(name: String): Fields = Fields(required(name), "$path.$name")

    /** Another object, empty where there is none. */
    fun optional(name: String): Fields = Fields(values[name] ?: emptyMap<String, Any?>(), "$path.$name")

    fun objects(name: String): List<Fields> = list(name).mapIndexed { i, item -> Fields(item, "$path.$name[$i]") }

    /** The parsed value of a field, unchecked. */
    fun raw(name: String): Any? = values[name]
}

internal fun broken(path: String, reason: String): Nothing = throw BundleException(
    "The manifest is broken at $path: $reason. Make or download the bundle again.",
)
