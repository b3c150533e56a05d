private let major = 1
private let largestManifest = 16 << 20
private let operations: Set = ["fit_canvas", "resize", "components", "crop", "grey", "ctc", "trigrams"]
private let dtypes: Set = ["uint8", "int32", "int64", "float16", "float32"]

/// Decodes and checks the bytes of a manifest.json; `place` names it in messages. Throws ``PinPointError/bundle(_:)``.
func readManifest(_ raw: [UInt8], _ place: String) throws -> Manifest {
    if raw.count > largestManifest {
        throw PinPointError.bundle("\(place) is larger than 16 MiB; it is no manifest.")
    }
    let value = try Json.parse(raw, place)
    try checkSchema(value["schema"]?.text, place)
    let fields = try Fields(value, "$")
    let manifest = try decode(fields)
    try checkValues(manifest)
    try checkReferences(manifest, place)
    try checkPreprocessing(fields.fields("preprocessing"), fields.fields("host"), place)
    try checkHost(fields.fields("host"), manifest)
    return manifest
}

private func checkSchema(_ version: String?, _ place: String) throws {
    let parts = (version ?? "").split(separator: ".", omittingEmptySubsequences: false)
    let areNumbers = parts.allSatisfy { (1...6).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    guard let version, parts.count == 2, areNumbers, let theirs = Int(parts[0]) else {
        throw PinPointError.bundle("\(place) has no schema version such as \"1.4\"; it is no manifest.")
    }
    if theirs > major {
        throw PinPointError.bundle(
            "\(place) has schema \(version), newer than this version reads: update pinpoint-edge.")
    }
    if theirs < major {
        throw PinPointError.bundle(
            "\(place) has schema \(version), which this version no longer reads: export the bundle again.")
    }
}

private func decode(_ fields: Fields) throws -> Manifest {
    let budget = try fields.fields("token_budget")
    let cache = try fields.fields("kv")
    let notFound = try fields.optional("not_found")
    let characters = try fields.fields("characters")
    var characterFiles: [String: String] = [:]
    for name in characters.names { characterFiles[name] = try characters.text(name) }
    return Manifest(
        name: try fields.text("name"),
        model: try fields.text("model"),
        target: try fields.text("target"),
        stages: try fields.fields("stages").each(stage),
        host: try host(fields.fields("host")),
        tokenizer: try fields.text("tokenizer"),
        characters: characterFiles,
        vocabulary: try fields.int("vocabulary", from: 1),
        width: try fields.int("d_llm", from: 1),
        defaultBudget: try budget.int("default", from: 1),
        maximumBudget: try budget.int("maximum", from: 1),
        coverage: try fields.number("coverage"),
        cacheForm: try cache.text("form"),
        cacheCapacity: try cache.int("capacity", from: 1),
        licences: try fields.objects("licences").map {
            Licence(component: try $0.text("component"), licence: try $0.text("licence"), source: try $0.text("source"))
        },
        files: try fields.fields("files").each { file in
            let digest = try file.text("sha256")
            guard digest.utf8.count == 64, digest.utf8.allSatisfy("0123456789abcdef".utf8.contains) else {
                throw broken("\(file.path).sha256", "it is no sha256")
            }
            return FileEntry(sha256: digest, size: try file.int("size", from: 0))
        },
        confidence: try fields.optional("confidence").each { kind in
            var weights: [String: Double] = [:]
            for name in kind.names { weights[name] = try kind.number(name) }
            return weights
        },
        notFound: NotFoundPrior(
            share: try notFound.number("share", default: 0.2), limit: try notFound.number("limit", default: 3)))
}

private func stage(_ fields: Fields) throws -> StageEntry {
    let types = try fields.optional("dtypes")
    var dtypes: [String: String] = [:]
    for name in types.names { dtypes[name] = try types.text(name) }
    let buckets = fields["buckets"] == nil ? [] : try fields.objects("buckets")
    return StageEntry(
        file: try fields.text("file"), data: try fields.texts("data"),
        inputs: try fields.objects("inputs").map(tensor), outputs: try fields.objects("outputs").map(tensor),
        buckets: try buckets.map { bucket in
            var sizes: [String: Int] = [:]
            for name in bucket.names { sizes[name] = try bucket.int(name, from: 1) }
            return sizes
        },
        dtypes: dtypes, computeUnits: fields["compute_units"]?.text)
}

private func tensor(_ fields: Fields) throws -> TensorSpec {
    let dtype = try fields.text("dtype")
    guard dtypes.contains(dtype) else { throw broken("\(fields.path).dtype", "unknown '\(dtype.prefix(80))'") }
    let shape = try fields.list("shape").map { size -> TensorSpec.Size in
        if let name = size.text { return .free(name) }
        guard let size = size.int, (0...Int(Int32.max)).contains(size) else {
            throw broken("\(fields.path).shape", "it holds neither sizes nor names")
        }
        return .fixed(size)
    }
    return TensorSpec(name: try fields.text("name"), dtype: dtype, shape: shape)
}

private func host(_ fields: Fields) throws -> HostParameters {
    let selection = try fields.optional("selection")
    return HostParameters(
        glanceHeight: try fields.int("glance_height", from: 1), refineWidths: try fields.ints("refine_widths"),
        readingOrder: fields["reading_order"] == nil ? "rows" : try fields.text("reading_order"),
        selection: SelectionParameters(
            temperature: try selection.number("temperature", default: 2),
            nullWins: try selection.number("null_wins", default: 0.9),
            pageShare: try selection.number("page_share", default: 0.1)))
}

private func checkValues(_ manifest: Manifest) throws {
    let prior = manifest.notFound
    if !(prior.share > 0 && prior.share < 1 && prior.limit >= 0) {
        throw broken("$.not_found", "share must be between 0 and 1, limit at least 0")
    }
    if !(manifest.host.selection.temperature > 0) {
        throw broken("$.host.selection.temperature", "it must be above 0")
    }
    if !(manifest.coverage > 0 && manifest.coverage <= 1) {
        throw broken("$.coverage", "it must be above 0 and at most 1")
    }
    if manifest.defaultBudget > manifest.maximumBudget { throw broken("$.token_budget", "default is above maximum") }
    let widths = manifest.host.refineWidths
    if widths.isEmpty || widths.contains(where: { !(1...65536).contains($0) }) {
        throw broken("$.host.refine_widths", "it is empty or out of range")
    }
}

private func checkReferences(_ manifest: Manifest, _ place: String) throws {
    try checkNames([manifestName] + manifest.files.keys.sorted(), place)
    let missing = stageNames.filter { manifest.stages[$0] == nil }
    if !missing.isEmpty { throw broken("$.stages", "\(missing.joined(separator: ", ")) missing") }
    for stage in ["glance", "refine"] where manifest.characters[stage] == nil {
        throw broken("$.characters", "\(stage) missing")
    }
    var references = ["$.tokenizer": manifest.tokenizer]
    for (stage, name) in manifest.characters { references["$.characters.\(stage)"] = name }
    for (stage, entry) in manifest.stages {
        references["$.stages.\(stage).file"] = entry.file
        for (i, name) in entry.data.enumerated() { references["$.stages.\(stage).data[\(i)]"] = name }
    }
    for (path, name) in references.sorted(by: { $0.key < $1.key }) where manifest.files[name] == nil {
        throw broken(path, "'\(name.prefix(80))' is not in $.files")
    }
}

private func checkPreprocessing(_ fields: Fields, _ host: Fields, _ place: String) throws {
    let version = try fields.int("version")
    if version != 1 {
        throw PinPointError.bundle(
            "\(place) needs preprocessing version \(version); this version knows 1. Update pinpoint-edge.")
    }
    let steps = try fields.objects("ops").map { step in
        _ = try step.fields("arguments")
        return Operation(op: try step.text("op"), stage: try step.text("stage"), arguments: step["arguments"]!.asNumbers)
    }
    if let unknown = steps.first(where: { !operations.contains($0.op) }) {
        throw PinPointError.bundle(
            "\(place) needs the operation '\(unknown.op.prefix(80))', which this version does not know. Update "
                + "pinpoint-edge.")
    }
    if steps != standardOperations(host) { throw broken("$.preprocessing.ops", "the steps do not agree with $.host") }
}

/// One step of the preprocessing.
private struct Operation: Equatable {
    let op: String
    let stage: String
    let arguments: Json
}

private func standardOperations(_ host: Fields) -> [Operation] {
    func step(_ op: String, _ stage: String, _ arguments: KeyValuePairs<String, Json>) -> Operation {
        let own = Dictionary(uniqueKeysWithValues: arguments.map { (ExactText($0.key), $0.value) })
        return Operation(op: op, stage: stage, arguments: Json.object(own).asNumbers)
    }
    func told(_ name: String, _ missing: Json = .null) -> Json { host[name] ?? missing }
    let detection = host["detection"]
    func detect(_ name: String, _ missing: Double) -> Json { detection?[name] ?? .number(missing) }
    return [
        step(
            "fit_canvas", "detect",
            [
                "canvases": told("canvases"), "fill": .int(255), "gain": .number(1.05),
                "maximum_upscale": told("maximum_upscale", .number(maximumUpscale)),
            ]),
        step("resize", "detect", ["filter": .text("bilinear-antialiased")]),
        step(
            "components", "detect",
            [
                "box_score": detect("box_score", 0.5), "minimum_side": .number(minimumSide), "neighbours": .int(8),
                "threshold": detect("threshold", 0.3), "unclip": detect("unclip", 1.6),
            ]),
        step("grey", "glance", ["matrix": .text("itu-r-601-2")]),
        step("crop", "glance", ["fill": .int(255), "height": told("glance_height"), "widths": told("glance_widths")]),
        step("ctc", "glance", ["blank": .int(0)]),
        step(
            "trigrams", "align", ["instruction": told("instruction_trigrams"), "reading": told("reading_trigrams")]),
        step("crop", "refine", ["fill": .int(127), "height": told("refine_height"), "widths": told("refine_widths")]),
        step("ctc", "refine", ["blank": .int(0)]),
    ]
}

/// Refuses a bundle of other sizes than this version's; some belong to the weights.
private func checkHost(_ host: Fields, _ manifest: Manifest) throws {
    let detection = try host.optional("detection")
    let order = manifest.host.readingOrder
    let isSame =
        try host.rows("canvases") == canvases.map { [$0.height, $0.width] }
        && host.ints("glance_widths") == glanceWidths(manifest.host.glanceHeight)
        && host.int("refine_height") == refineHeight && host.int("batch") == batchSize
        && host.ints("align_sizes") == alignSizes && host.int("instruction_trigrams") == instructionTrigrams
        && host.int("reading_trigrams") == readingTrigrams && detection.number("threshold", default: 0.3) == 0.3
        && detection.number("box_score", default: 0.5) == 0.5 && detection.number("unclip", default: 1.6) == 1.6
        && host.number("maximum_upscale", default: maximumUpscale) == maximumUpscale
        && (order == "rows" || order == "layout")
    if !isSame {
        throw PinPointError.bundle(
            "The bundle '\(manifest.name.prefix(80))' was made for other host parameters than this version's: export it "
                + "again with this version, or take the version that made it.")
    }
}
