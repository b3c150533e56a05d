package org.pinpoint.edge.bundle

import org.pinpoint.edge.BundleException
import org.pinpoint.edge.retrieval.ALIGN_SIZES
import org.pinpoint.edge.retrieval.INSTRUCTION_TRIGRAMS
import org.pinpoint.edge.retrieval.READING_TRIGRAMS
import org.pinpoint.edge.vision.BATCH
import org.pinpoint.edge.vision.CANVASES
import org.pinpoint.edge.vision.MAX_UPSCALE
import org.pinpoint.edge.vision.MIN_SIDE
import org.pinpoint.edge.vision.REFINE_HEIGHT
import org.pinpoint.edge.vision.glanceWidths

private const val MAJOR = 1
private const val MAX_MANIFEST_BYTES = 16 shl 20
private val OPERATIONS = setOf("fit_canvas", "resize", "components", "crop", "grey", "ctc", "trigrams")
private val DTYPES = setOf("uint8", "int32", "int64", "float16", "float32")
private val DIGEST = Regex("[0-9a-f]{64}")

/** Decodes and checks the bytes of a manifest.json; [where] names it in messages. Raises [BundleException]. */
internal fun readManifest(raw: ByteArray, where: String): Manifest {
    if (raw.size > MAX_MANIFEST_BYTES) throw BundleException("$where is larger than 16 MiB; it is no manifest.")
    val value = Json.parse(raw, where)
    checkSchema((value as? Map<*, *>)?.get("schema"), where)
    val fields = Fields(value, "$")
    val manifest = decode(fields)
    checkValues(manifest)
    checkReferences(manifest, where)
    checkPreprocessing(fields.fields("preprocessing"), manifest.host, where)
    checkHost(manifest)
    return manifest
}

private fun checkSchema(version: Any?, where: String) {
    if (version !is String || !Regex("[0-9]{1,6}\\.[0-9]{1,6}").matches(version)) {
        throw BundleException("$where has no schema version such as \"1.4\"; it is no manifest.")
    }
    val theirs = version.substringBefore('.').toInt()
    if (theirs > MAJOR) {
        throw BundleException("$where has schema $version, newer than this version reads: update pinpoint-edge.")
    }
    if (theirs < MAJOR) {
        throw BundleException("$where has schema $version, which this version no longer reads: export the bundle again.")
    }
}

private fun decode(fields: Fields): Manifest {
    val budget = fields.fields("token_budget")
    val kv = fields.fields("kv")
    val notFound = fields.optional("not_found")
    val stages = fields.fields("stages")
    val files = fields.fields("files")
    val confidence = fields.optional("confidence")
    val characters = fields.fields("characters")
    return Manifest(
        schema = fields.text("schema"),
        name = fields.text("name"),
        model = fields.text("model"),
        target = fields.text("target"),
        stages = stages.names.associateWith { stage(stages.fields(it)) },
        host = host(fields.fields("host")),
        tokenizer = fields.text("tokenizer"),
        characters = characters.names.associateWith(characters::text),
        vocabulary = fields.int("vocabulary", 1),
        width = fields.int("d_llm", 1),
        defaultBudget = budget.int("default", 1),
        maximumBudget = budget.int("maximum", 1),
        coverage = fields.number("coverage"),
        kv = KvForm(kv.text("form"), kv.int("capacity", 1)),
        licences = fields.objects("licences").map {
            Licence(it.text("component"), it.text("licence"), it.text("source"))
        },
        files = files.names.associateWith { name ->
            val file = files.fields(name)
            if (!DIGEST.matches(file.text("sha256"))) broken("${file.path}.sha256", "it is no sha256")
            if (file.long("size") < 0) broken("${file.path}.size", "it is negative")
            FileEntry(file.text("sha256"), file.long("size"))
        },
        confidence = confidence.names.associateWith { kind ->
            val weights = confidence.fields(kind)
            weights.names.associateWith(weights::number)
        },
        notFound = NotFoundPrior(notFound.number("share", 0.2), notFound.number("limit", 3.0)),
    )
}

private fun stage(fields: Fields) = StageEntry(
    fields.text("file"),
    fields.texts("data"),
    fields.objects("inputs").map(::tensor),
    fields.objects("outputs").map(::tensor),
)

private fun tensor(fields: Fields): TensorEntry {
    val dtype = fields.text("dtype")
    if (dtype !in DTYPES) broken("${fields.path}.dtype", "unknown '${dtype.take(80)}'")
    val shape = fields.list("shape").map { size ->
        when (size) {
            is String -> null
            is Long -> size.takeIf { it in 0..Int.MAX_VALUE }?.toInt() ?: broken("${fields.path}.shape", "out of range")
            else -> broken("${fields.path}.shape", "it holds neither numbers nor names")
        }
    }
    return TensorEntry(fields.text("name"), dtype, shape)
}

private fun host(fields: Fields): HostParameters {
    val detection = fields.optional("detection")
    val selection = fields.optional("selection")
    return HostParameters(
        canvases = fields.rows("canvases"),
        glanceHeight = fields.int("glance_height", 1),
        glanceWidths = fields.ints("glance_widths"),
        refineHeight = fields.int("refine_height", 1),
        refineWidths = fields.ints("refine_widths"),
        batch = fields.int("batch", 1),
        alignSizes = fields.ints("align_sizes"),
        instructionTrigrams = fields.int("instruction_trigrams", 1),
        readingTrigrams = fields.int("reading_trigrams", 1),
        detection = Detection(
            detection.number("threshold", 0.3),
            detection.number("box_score", 0.5),
            detection.number("unclip", 1.6),
        ),
        maximumUpscale = fields.number("maximum_upscale", MAX_UPSCALE),
        readingOrder = if (fields.has("reading_order")) fields.text("reading_order") else "rows",
        selection = SelectionParameters(
            selection.number("temperature", 2.0),
            selection.number("null_wins", 0.9),
            selection.number("page_share", 0.1),
        ),
    )
}

private fun checkValues(manifest: Manifest) {
    val prior = manifest.notFound
    if (!(prior.share > 0 && prior.share < 1) || !(prior.limit >= 0)) {
        broken("$.not_found", "share must be between 0 and 1, limit at least 0")
    }
    if (!(manifest.host.selection.temperature > 0)) broken("$.host.selection.temperature", "it must be above 0")
    if (!(manifest.coverage > 0 && manifest.coverage <= 1)) {
        broken("$.coverage", "it must be above 0 and at most 1")
    }
    if (manifest.defaultBudget > manifest.maximumBudget) broken("$.token_budget", "default is above maximum")
    if (manifest.host.refineWidths.isEmpty()) broken("$.host.refine_widths", "it is empty")
}

private fun checkReferences(manifest: Manifest, where: String) {
    checkNames(listOf(MANIFEST) + manifest.files.keys, where)
    val missing = STAGES.filter { it !in manifest.stages }
    if (missing.isNotEmpty()) broken("$.stages", "${missing.joinToString()} missing")
    for (stage in listOf("glance", "refine")) {
        if (stage !in manifest.characters) broken("$.characters", "$stage missing")
    }
    val references = HashMap<String, String>()
    references["$.tokenizer"] = manifest.tokenizer
    for ((stage, name) in manifest.characters) references["$.characters.$stage"] = name
    for ((stage, entry) in manifest.stages) {
        references["$.stages.$stage.file"] = entry.file
        for ((i, name) in entry.data.withIndex()) references["$.stages.$stage.data[$i]"] = name
    }
    for ((path, name) in references) {
        if (name !in manifest.files) broken(path, "'${name.take(80)}' is not in $.files")
    }
}

private fun checkPreprocessing(fields: Fields, host: HostParameters, where: String) {
    if (fields.long("version") != 1L) {
        throw BundleException(
            "$where needs preprocessing version ${fields.long("version")}; this version knows 1. Update pinpoint-edge.",
        )
    }
    val operations = fields.objects("ops").map {
        val arguments = it.fields("arguments")
        Operation(it.text("op"), it.text("stage"), arguments.names.associateWith { name -> asNumbers(arguments.raw(name)) })
    }
    operations.firstOrNull { it.op !in OPERATIONS }?.let {
        throw BundleException(
            "$where needs the operation '${it.op.take(80)}', which this version does not know. Update pinpoint-edge.",
        )
    }
    if (operations != standardOperations(host)) broken("$.preprocessing.ops", "the steps do not agree with $.host")
}

/** Whole numbers as floating ones, at every depth, so that 3 and 3.0 are equal. */
@Suppress("UNCHECKED_CAST")
private fun asNumbers(value: Any?): Any? = when (value) {
    is Number -> value.toDouble()
    is List<*> -> value.map(::asNumbers)
    is Map<*, *> -> (value as Map<String, Any?>).mapValues { asNumbers(it.value) }
    else -> value
}

private fun standardOperations(host: HostParameters): List<Operation> {
    fun step(op: String, stage: String, vararg arguments: Pair<String, Any?>) =
        @Suppress("UNCHECKED_CAST")
        Operation(op, stage, asNumbers(mapOf(*arguments)) as Map<String, Any?>)
    val detection = host.detection
    return listOf(
        step(
            "fit_canvas", "detect",
            "canvases" to host.canvases, "fill" to 255, "gain" to 1.05, "maximum_upscale" to host.maximumUpscale,
        ),
        step("resize", "detect", "filter" to "bilinear-antialiased"),
        step(
            "components", "detect",
            "box_score" to detection.boxScore, "minimum_side" to MIN_SIDE, "neighbours" to 8,
            "threshold" to detection.threshold, "unclip" to detection.unclip,
        ),
        step("grey", "glance", "matrix" to "itu-r-601-2"),
        step("crop", "glance", "fill" to 255, "height" to host.glanceHeight, "widths" to host.glanceWidths),
        step("ctc", "glance", "blank" to 0),
        step("trigrams", "align", "instruction" to host.instructionTrigrams, "reading" to host.readingTrigrams),
        step("crop", "refine", "fill" to 127, "height" to host.refineHeight, "widths" to host.refineWidths),
        step("ctc", "refine", "blank" to 0),
    )
}

/** Refuses a bundle of other sizes than this version's; some belong to the weights. */
private fun checkHost(manifest: Manifest) {
    val host = manifest.host
    val same = host.canvases == CANVASES.map { listOf(it.first, it.second) } &&
        host.glanceWidths == glanceWidths(host.glanceHeight) &&
        host.refineHeight == REFINE_HEIGHT &&
        host.batch == BATCH &&
        host.alignSizes == ALIGN_SIZES &&
        host.instructionTrigrams == INSTRUCTION_TRIGRAMS &&
        host.readingTrigrams == READING_TRIGRAMS &&
        host.detection == Detection() &&
        host.maximumUpscale == MAX_UPSCALE &&
        (host.readingOrder == "rows" || host.readingOrder == "layout")
    if (!same) {
        throw BundleException(
            "The bundle '${manifest.name.take(80)}' was made for other host parameters than this version's: export it " +
                "again with this version, or take the version that made it.",
        )
    }
}
