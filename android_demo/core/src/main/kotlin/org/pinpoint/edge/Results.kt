package org.pinpoint.edge

import java.math.BigDecimal
import java.math.RoundingMode
import java.util.Locale
import kotlin.math.exp
import kotlin.math.min
import org.pinpoint.edge.generation.ConstrainedAnswer
import org.pinpoint.edge.generation.NOT_FOUND
import org.pinpoint.edge.generation.Span
import org.pinpoint.edge.generation.confidenceOf
import org.pinpoint.edge.generation.decodeProbability
import org.pinpoint.edge.generation.meanProbability
import org.pinpoint.edge.generation.readerProbability
import org.pinpoint.edge.retrieval.Retrieved
import org.pinpoint.edge.text.foldCase
import org.pinpoint.edge.text.isLetterOrDigit
import org.pinpoint.edge.text.points
import org.pinpoint.edge.vision.Region
import org.pinpoint.edge.vision.Transcription

/** A derived answer names the evidence at least this relevant, to the best one's 1. */
private const val DERIVED = 0.5

/** Where words come from: this host reads pictures, never the text layer of a PDF. */
private const val RECOGNISER = "\"recogniser\""

/**
 * A region of the evidence after it was read at full resolution.
 *
 * @property index document-wide.
 * @property part the quad between two fractions, 0 to 1, of its reading direction.
 */
internal class ReadRegion(
    val index: Int,
    val region: Region,
    val page: Int,
    val relevance: Double,
    val transcription: Transcription,
    val part: (Double, Double) -> Quad,
) {
    fun public(): Evidence {
        val likely = transcription.probabilities
        val mean = if (likely.isEmpty()) 0.0 else likely.sumOf { it.toDouble() } / likely.size
        return Evidence(transcription.text, region.box, page, relevance, mean)
    }
}

/** The answer of a text that was generated from the evidence. */
internal fun answered(
    generated: ConstrainedAnswer,
    evidence: List<ReadRegion>,
    retrieved: Retrieved,
    tokens: TokenCount,
    timings: Map<String, Double>,
    weights: Map<String, Map<String, Double>>,
): Answer {
    val text = generated.found.text
    val found = generated.found.kind != Kind.NOT_FOUND && foldCase(text) != NOT_FOUND
    val read = evidence.associateBy { it.index }
    var pieces = generated.found.pieces
    if (found && pieces.isEmpty()) pieces = derivedFrom(text, evidence)
    val best = pieces.map { read.getValue(it.region) }.maxByOrNull { it.relevance }
    // The support of a derived answer may lie on several pages; boxes are those of one.
    pieces = pieces.filter { read.getValue(it.region).page == best?.page }
    val quads = ArrayList<Quad>()
    val likely = ArrayList<Float>()
    for ((index, start, end) in pieces) {
        val own = read.getValue(index)
        val line = own.transcription
        if (end > start) quads.add(own.part(line.starts[start], line.ends[end - 1]))
        for (i in start until end) likely.add(line.probabilities[i])
    }
    val signals = Signals(
        decode = decodeProbability(generated.logProbabilities),
        least = exp(min(0.0, generated.logProbabilities.min())),
        reader = readerProbability(likely),
        nothing = retrieved.nothing,
        notFound = generated.notFound,
        focus = retrieved.focus,
        support = if (found && best != null && retrieved.focus > 0) min(1.0, best.relevance / retrieved.focus) else 1.0,
        legible = meanProbability(evidence.map { it.transcription.probabilities }),
        label = retrieved.label,
    )
    return Answer(
        text = if (found) text else null,
        found = found,
        kind = if (found) generated.found.kind else Kind.NOT_FOUND,
        confidence = confidenceOf(signals, found, weights),
        page = if (found) best?.page else null,
        boxes = if (found) quads.map { it.bounds } else emptyList(),
        quads = if (found) quads else emptyList(),
        evidence = evidence.map { it.public() },
        tokens = tokens,
        signals = signals,
        timings = timings,
    )
}

/** The answer "not found" where no region is relevant and nothing was generated. */
internal fun nothingFound(
    retrieved: Retrieved,
    legible: Double,
    tokens: TokenCount,
    timings: Map<String, Double>,
    weights: Map<String, Map<String, Double>>,
): Answer {
    val signals = Signals(1.0, 1.0, 1.0, retrieved.nothing, 1.0, retrieved.focus, 1.0, legible, retrieved.label)
    // Without weights the null region alone speaks.
    val confidence = if (weights.isEmpty()) retrieved.nothing else confidenceOf(signals, false, weights)
    return Answer(
        null, false, Kind.NOT_FOUND, confidence, null, emptyList(), emptyList(), emptyList(), tokens, signals, timings,
    )
}

/** The support of a derived answer: regions that hold its words, or the best ones. */
private fun derivedFrom(text: String, evidence: List<ReadRegion>): List<Span> {
    val words = letters(text)
    val holding = evidence.filter {
        words.codePointCount(0, words.length) > 3 && words in letters(it.transcription.text)
    }
    val top = evidence.maxOfOrNull { it.relevance } ?: 0.0
    return holding.ifEmpty { evidence.filter { it.relevance >= DERIVED * top } }
        .map { Span(it.index, 0, it.transcription.probabilities.size) }
}

private fun letters(text: String): String {
    val result = StringBuilder()
    for (point in foldCase(text).points()) if (isLetterOrDigit(point) || point == '_'.code) result.appendCodePoint(point)
    return result.toString()
}

/** An answer as one line of JSON. */
internal fun answerJson(answer: Answer): String = buildString {
    append("{\"text\": ").append(quoted(answer.text))
    append(", \"found\": ").append(answer.found)
    append(", \"kind\": ").append(quoted(answer.kind.code))
    append(", \"confidence\": ").append(rounded(answer.confidence, 4))
    append(", \"page\": ").append(answer.page)
    append(", \"boxes\": ").append(answer.boxes.joinToString(", ", "[", "]", transform = ::boxJson))
    append(", \"quads\": ").append(answer.quads.joinToString(", ", "[", "]", transform = ::quadJson))
    append(", \"evidence\": ")
    append(
        answer.evidence.joinToString(", ", "[", "]") {
            "{\"text\": ${quoted(it.text)}, \"box\": ${boxJson(it.box)}, \"page\": ${it.page}, " +
                "\"relevance\": ${rounded(it.relevance, 4)}, \"probability\": ${rounded(it.probability, 4)}, " +
                "\"source\": $RECOGNISER}"
        },
    )
    append(", \"source\": ").append(if (answer.found) RECOGNISER else "null")
    val tokens = answer.tokens
    append(", \"tokens\": {\"evidence\": ${tokens.evidence}, \"visual\": ${tokens.visual}, ")
    append("\"prompt\": ${tokens.prompt}, \"answer\": ${tokens.answer}, \"budget\": ${tokens.budget}, ")
    append("\"page_estimate\": ${tokens.pageEstimate}, \"dropped\": ${tokens.dropped}, ")
    append("\"share\": ${rounded(tokens.share, 4)}}")
    append(", \"timings\": ")
    append(answer.timings.entries.joinToString(", ", "{", "}") { "${quoted(it.key)}: ${rounded(it.value, 2)}" })
    append("}")
}

private fun boxJson(box: Box) =
    listOf(box.x0, box.y0, box.x1, box.y1).joinToString(", ", "[", "]") { rounded(it, 2) }

private fun quadJson(quad: Quad) = (0 until 4).joinToString(", ", "[", "]") { corner ->
    "[${rounded(quad.corners[2 * corner].toDouble(), 2)}, ${rounded(quad.corners[2 * corner + 1].toDouble(), 2)}]"
}

/** The shortest decimal of a number rounded half to even at its exact value, as Python rounds. */
private fun rounded(value: Double, digits: Int): String =
    BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toDouble().toString()

private fun quoted(text: String?): String {
    if (text == null) return "null"
    val result = StringBuilder("\"")
    for (character in text) {
        when {
            character == '"' || character == '\\' -> result.append('\\').append(character)
            character < ' ' -> result.append("\\u%04x".format(Locale.ROOT, character.code))
            else -> result.append(character)
        }
    }
    return result.append('"').toString()
}
