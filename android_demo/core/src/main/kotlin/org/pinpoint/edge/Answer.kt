package org.pinpoint.edge

/** An upright box in pixels of the source page. */
public data class Box(
    /** The left edge. */
    public val x0: Double,
    /** The upper edge. */
    public val y0: Double,
    /** The right edge. */
    public val x1: Double,
    /** The lower edge. */
    public val y1: Double,
)

/**
 * Four corners of a line of text, clockwise from the top left of the text, however it is turned on the page.
 *
 * @property corners x0 y0 x1 y1 x2 y2 x3 y3 in pixels of the source page.
 */
public class Quad(public val corners: FloatArray) {
    init {
        if (corners.size != 8 || corners.any { !it.isFinite() }) {
            throw OptionException("A quad of ${corners.size} numbers was given; pass four finite corners.")
        }
    }

    /** The upright bounds. */
    public val bounds: Box get() {
        val x = (0 until 8 step 2).map { corners[it].toDouble() }
        val y = (1 until 8 step 2).map { corners[it].toDouble() }
        return Box(x.min(), y.min(), x.max(), y.max())
    }

    override fun equals(other: Any?): Boolean = other is Quad && corners.contentEquals(other.corners)

    override fun hashCode(): Int = corners.contentHashCode()

    override fun toString(): String = corners.joinToString(" ", "Quad(", ")")
}

/** The kinds of answers. */
public enum class Kind(
    /** Its name in JSON. */
    public val code: String,
) {
    /** Words of the page. */
    SPAN("span"),

    /** Yes. */
    YES("yes"),

    /** No. */
    NO("no"),

    /** A number that the page does not print. */
    COUNT("count"),

    /** The page does not answer the question. */
    NOT_FOUND("not-found"),
}

/** One region that the answer was read from. */
public data class Evidence(
    /** Its transcription. */
    public val text: String,
    /** Its bounds. */
    public val box: Box,
    /** The page that it is on, from 0. */
    public val page: Int,
    /** Its share of the relevance, 0 to 1. */
    public val relevance: Double,
    /** The mean probability of its characters, 0 to 1. */
    public val probability: Double,
)

/** Tokens that entered and left the language model. */
public data class TokenCount(
    /** Transcriptions, separators and visual tokens of the evidence: what [budget] limits. */
    public val evidence: Int,
    /** The visual tokens among them. */
    public val visual: Int,
    /** All that entered. */
    public val prompt: Int,
    /** All that left, the end token too. */
    public val answer: Int,
    /** The most that the evidence may have. */
    public val budget: Int,
    /** What the whole page would have taken as evidence. */
    public val pageEstimate: Int,
    /** Relevant regions that the budget left out. */
    public val dropped: Int,
) {
    /** Evidence as a share of the whole page's tokens. */
    public val share: Double get() = if (pageEstimate > 0) evidence.toDouble() / pageEstimate else 0.0
}

/** The certainty of each part of the pipeline, 0 to 1; parts that were not asked are sure. */
public data class Signals(
    /** The geometric mean of the chosen tokens' probabilities. */
    public val decode: Double,
    /** The smallest of these. */
    public val least: Double,
    /** The smallest probability of a character of the answer. */
    public val reader: Double,
    /** The aligner's probability that nothing answers. */
    public val nothing: Double,
    /** The language model's probability, as it began, of answering "not found". */
    public val notFound: Double,
    /** The relevance of the most relevant region. */
    public val focus: Double = 1.0,
    /** That of the answer's best region, divided by [focus]. */
    public val support: Double = 1.0,
    /** The mean probability of the characters of the evidence. */
    public val legible: Double = 1.0,
    /** The best literal match of the question and a rough text. */
    public val label: Double = 1.0,
)

/** The answer to one question on a document. */
public data class Answer(
    /** The words; null when the document does not answer the question. */
    public val text: String?,
    /** Whether it does. */
    public val found: Boolean,
    /** What kind of answer it is. */
    public val kind: Kind,
    /** How likely the answer is right, 0 to 1; it covers reading and answering. */
    public val confidence: Double,
    /** The page of the answer, from 0. */
    public val page: Int?,
    /** Where the words are: upright boxes, one a region that they run through. */
    public val boxes: List<Box>,
    /** The same as quads, which follow tilted text. */
    public val quads: List<Quad>,
    /** The regions that were read, in reading order. */
    public val evidence: List<Evidence>,
    /** Tokens that were used. */
    public val tokens: TokenCount,
    /** What the confidence is made of. */
    public val signals: Signals,
    /** Milliseconds by step. */
    public val timings: Map<String, Double>,
) {
    /** The answer as one line of JSON; the keys are those of docs/bundle.md, "Results as JSON". */
    public fun toJson(): String = answerJson(this)
}
