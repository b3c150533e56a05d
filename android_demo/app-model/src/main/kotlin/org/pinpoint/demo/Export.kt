package org.pinpoint.demo

/** Results as a JSON array, an object each: field or null, question, and the answer's own keys. */
public fun resultsJson(results: List<Result>): String = results.joinToString(",\n ", "[", "]\n") { result ->
    val field = result.field?.let(::jsonText) ?: "null"
    "{\"field\": $field, \"question\": ${jsonText(result.question)}, ${result.answer.toJson().drop(1)}"
}

/** Results as lines "field or question: answer", for the clipboard; [notFound] is said where there is none. */
public fun resultsText(results: List<Result>, notFound: String): String =
    results.joinToString("") { "${it.field ?: it.question}: ${it.answer.text ?: notFound}\n" }

/** Results as CSV (RFC 4180): field, question, text, found, confidence, page. */
public fun resultsCsv(results: List<Result>): String {
    val rows = results.map { (question, answer, field) ->
        listOf(
            field.orEmpty(), question, answer.text.orEmpty(), "${answer.found}",
            "%.4f".format(java.util.Locale.ROOT, answer.confidence), answer.page?.toString().orEmpty(),
        )
    }
    val header = listOf("field", "question", "text", "found", "confidence", "page")
    return (listOf(header) + rows).joinToString("") { row -> row.joinToString(",", postfix = "\r\n", transform = ::csvCell) }
}

private fun csvCell(text: String): String {
    // A spreadsheet must not take an answer for a formula.
    val safe = if (text.isNotEmpty() && text[0] in "=+-@\t\r" && text.toDoubleOrNull() == null) "'$text" else text
    return if (safe.any { it in ",\"\r\n" }) "\"${safe.replace("\"", "\"\"")}\"" else safe
}

internal fun jsonText(text: String): String = text.map { character ->
    when {
        character == '"' || character == '\\' -> "\\$character"
        character < ' ' -> "\\u%04x".format(java.util.Locale.ROOT, character.code)
        else -> "$character"
    }
}.joinToString("", "\"", "\"")
