package org.pinpoint.edge.bundle

/** The stages of a reader. */
internal val STAGES: List<String> = listOf("detect", "glance", "align", "refine", "decode")

/** A tensor of a stage; a size that is null is free. */
internal class TensorEntry(val name: String, val dtype: String, val shape: List<Int?>)

/** One exported graph: its files and its tensors. */
internal class StageEntry(
    val file: String,
    val data: List<String>,
    val inputs: List<TensorEntry>,
    val outputs: List<TensorEntry>,
)

/** One step of the preprocessing. */
internal data class Operation(val op: String, val stage: String, val arguments: Map<String, Any?>)

/** How the text map becomes regions. */
internal data class Detection(val threshold: Double = 0.3, val boxScore: Double = 0.5, val unclip: Double = 1.6)

/** How relevance becomes a choice of evidence. */
internal class SelectionParameters(
    val temperature: Double = 2.0,
    val nullWins: Double = 0.9,
    val pageShare: Double = 0.1,
)

/** The prior of the answer "not found" from training. */
internal class NotFoundPrior(val share: Double = 0.2, val limit: Double = 3.0)

/** Sizes and thresholds of the host side. */
internal class HostParameters(
    val canvases: List<List<Int>>,
    val glanceHeight: Int,
    val glanceWidths: List<Int>,
    val refineHeight: Int,
    val refineWidths: List<Int>,
    val batch: Int,
    val alignSizes: List<Int>,
    val instructionTrigrams: Int,
    val readingTrigrams: Int,
    val detection: Detection,
    val maximumUpscale: Double,
    val readingOrder: String,
    val selection: SelectionParameters,
)

/** Digest and size of one file. */
internal class FileEntry(val sha256: String, val size: Long)

/** How the decode stage keeps its keys and values. */
internal class KvForm(val form: String, val capacity: Int)

/** The manifest of a bundle, as far as a reader needs it; docs/bundle.md describes the fields. */
internal class Manifest(
    val schema: String,
    val name: String,
    val model: String,
    val target: String,
    val stages: Map<String, StageEntry>,
    val host: HostParameters,
    val tokenizer: String,
    val characters: Map<String, String>,
    val vocabulary: Int,
    val width: Int,
    val defaultBudget: Int,
    val maximumBudget: Int,
    val coverage: Double,
    val kv: KvForm,
    val licences: List<Licence>,
    val files: Map<String, FileEntry>,
    val confidence: Map<String, Map<String, Double>>,
    val notFound: NotFoundPrior,
)

/** Terms of one component of a bundle. */
public class Licence(
    /** What it covers, such as a model. */
    public val component: String,
    /** Its SPDX identifier. */
    public val licence: String,
    /** Where the component comes from. */
    public val source: String,
)
