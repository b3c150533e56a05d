package org.pinpoint.demo

import org.pinpoint.edge.OptionException

/** A list of fields to extract, with a question each. */
public data class Template(public val name: String, public val fields: Map<String, String>)

/** Reads templates: a JSON array of `{"name": …, "fields": {field: question}}`; raises [OptionException]. */
public fun readTemplates(json: String): List<Template> {
    val all = TextJson(json).read() as? List<*> ?: noTemplates("it is no list")
    return all.map { item ->
        val template = item as? Map<*, *> ?: noTemplates("a template is no object")
        val name = template["name"] as? String ?: noTemplates("a template has no name")
        val fields = template["fields"] as? Map<*, *> ?: noTemplates("'$name' has no fields")
        if (fields.isEmpty()) noTemplates("'$name' has no fields")
        Template(
            name,
            fields.entries.associate { (field, question) ->
                field as String to (question as? String ?: noTemplates("the question of '$field' is no text"))
            },
        )
    }
}

/** Templates as JSON that [readTemplates] reads. */
public fun writeTemplates(templates: List<Template>): String = templates.joinToString(",\n ", "[", "]\n") { template ->
    val fields = template.fields.entries.joinToString(", ") { "${jsonText(it.key)}: ${jsonText(it.value)}" }
    "{\"name\": ${jsonText(template.name)}, \"fields\": {$fields}}"
}

/**
 * A template that a person wrote: a line a field, "name: question"; a line without a colon is a question.
 *
 * @throws OptionException there is no name or no field.
 */
public fun templateOf(name: String, lines: String): Template {
    val fields = LinkedHashMap<String, String>()
    for (line in lines.lines().map { it.trim() }.filter { it.isNotEmpty() }) {
        val field = line.substringBefore(':').trim()
        val question = line.substringAfter(':').trim()
        if (field.isEmpty() || question.isEmpty()) {
            throw OptionException("The line '$line' lacks a name or a question: write \"name: question\".")
        }
        fields[field] = question
    }
    if (name.isBlank()) throw OptionException("The template has no name: give it one.")
    if (fields.isEmpty()) throw OptionException("The template has no fields: write a line for each, \"name: question\".")
    return Template(name.trim(), fields)
}

/** Questions to offer: those of this document first, then those of the templates. */
public fun suggestions(results: List<Result>, templates: List<Template>): List<String> =
    (results.asReversed().map { it.question } + templates.flatMap { it.fields.values }).distinct()

private fun noTemplates(reason: String): Nothing =
    throw OptionException("The templates cannot be read: $reason. Write [{\"name\": …, \"fields\": {…}}].")

/** JSON of texts, lists and objects; a template has no other values. */
private class TextJson(private val json: String) {
    private var at = 0

    fun read(): Any {
        val value = value(0)
        if (peek() != null) noTemplates("something follows the list")
        return value
    }

    private fun peek(): Char? {
        while (at < json.length && json[at] in " \t\r\n") at++
        return json.getOrNull(at)
    }

    private fun value(depth: Int): Any = when (peek()) {
        '[' -> ArrayList<Any>().also { list -> each(']', depth) { list.add(value(depth + 1)) } }
        '{' -> LinkedHashMap<String, Any>().also { map ->
            each('}', depth) {
                peek()
                val key = text()
                if (peek() != ':') noTemplates("a colon is missing at $at")
                at++
                map[key] = value(depth + 1)
            }
        }
        else -> text()
    }

    private fun each(end: Char, depth: Int, item: () -> Unit) {
        if (depth > 8) noTemplates("it is nested too deeply")
        at++
        if (peek() == end) {
            at++
            return
        }
        while (true) {
            item()
            when (peek()) {
                ',' -> at++
                end -> {
                    at++
                    return
                }
                else -> noTemplates("'$end' is missing at $at")
            }
        }
    }

    private fun text(): String {
        if (json.getOrNull(at) != '"') noTemplates("a text is missing at $at")
        val result = StringBuilder()
        while (true) {
            when (val character = json.getOrNull(++at) ?: noTemplates("a text has no end")) {
                '"' -> {
                    at++
                    return result.toString()
                }
                '\\' -> result.append(escaped(json.getOrNull(++at)))
                else -> result.append(character)
            }
        }
    }

    private fun escaped(character: Char?): Char = when (character) {
        '"', '\\', '/' -> character
        'b' -> '\b'
        'f' -> '\u000c'
        'n' -> '\n'
        'r' -> '\r'
        't' -> '\t'
        'u' -> {
            val code = json.drop(at + 1).take(4).takeIf { it.length == 4 }?.toIntOrNull(16)
            at += 4
            code?.toChar() ?: noTemplates("an escape is broken at $at")
        }
        else -> noTemplates("an escape is broken at $at")
    }
}
