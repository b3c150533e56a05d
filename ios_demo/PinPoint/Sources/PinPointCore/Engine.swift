import Foundation

/// Lines that show how legible a page is, where nothing was read of it.
private let sampleLines = 8

/// Most tokens of the line "Page 12:" that opens a further page.
private let pageLine = 8

/// A loaded bundle and all that its documents share: stages, tokenizer, language model, regions read before.
///
/// The actor owns the sessions: pages and questions take turns. It gives up between two runs of a graph when the task is
/// cancelled, and keeps all that was read.
actor Engine {
    nonisolated let bundle: OpenedBundle
    private let stages: Stages
    private let tokenizer: Tokenizer
    private let glanceCharacters: [String]
    private let recogniser: Recogniser
    private let generator: Generator

    /// Regions read at full resolution, by document and by region.
    private var refined: [Int: [Refined?]] = [:]
    private var documents = 0

    private nonisolated var manifest: Manifest { bundle.manifest }

    init(_ bundle: OpenedBundle, _ runner: any Runner) throws {
        let manifest = bundle.manifest
        self.bundle = bundle
        let stages = Stages(bundle, runner)
        self.stages = stages
        tokenizer = try Tokenizer(bundle.bytes(manifest.tokenizer), manifest.tokenizer)
        glanceCharacters = try bundle.characters("glance")
        recogniser = Recogniser(
            stages: stages, characters: try bundle.characters("refine"), widths: manifest.host.refineWidths)
        guard tokenizer.vocabulary == manifest.vocabulary else {
            throw PinPointError.bundle(
                "The tokenizer has \(tokenizer.vocabulary) ids, the manifest says \(manifest.vocabulary): export the bundle "
                    + "again.")
        }
        generator = try Generator(
            tokenizer, capacity: manifest.cacheCapacity,
            // A graph with its cache inside holds no more than that; others take what is needed.
            context: manifest.cacheForm == "shared-buffer" ? mostContext : manifest.cacheCapacity, manifest.notFound,
            makeCache: stages.openCache)
    }

    /// Looks at pages and gives them a name for the cache: an identity would come back later.
    func look(_ pages: [Pixels], _ progress: ProgressHandler?) throws -> (serial: Int, pages: [LookedPage], timings: [Timing]) {
        let work = Work(progress)
        let looker = Looker(
            stages: stages, recogniser: recogniser, characters: glanceCharacters, readingOrder: manifest.host.readingOrder,
            work: work)
        var looked: [LookedPage] = []
        for pixels in pages {
            try work.check()
            looked.append(try looker.look(pixels, first: looked.last?.indices.upperBound ?? 0))
        }
        documents += 1
        refined[documents] = [Refined?](repeating: nil, count: looked.last?.indices.upperBound ?? 0)
        return (documents, looked, work.timings)
    }

    /// Forgets the regions of a document.
    func forget(_ serial: Int) { refined[serial] = nil }

    /// Frees sessions and cache; they are loaded anew when they are needed.
    func releaseMemory() {
        generator.release()
        stages.release()
    }

    func ask(_ question: String, _ document: Document, _ limits: Limits, _ progress: ProgressHandler?) throws -> Answer {
        let question = try checkQuestion(question)
        let work = Work(progress)
        try work.check()
        let pages = document.pages
        let retrieved = try retrieve(
            question, pages, document.costs, stages, limits, manifest.host.selection, work)
        var answer: Answer
        if retrieved.found {
            answer = try generated(question, document, retrieved, limits, work)
        } else {
            let legible = try legibility(document)
            answer = try nothingFound(
                retrieved, legible, budget: limits.tokenBudget, estimate: document.costs.reduce(0, +), manifest.confidence)
        }
        answer.timings = work.timings
        return doubted(answer, pages.flatMap(\.glance.readings), question)
    }

    func transcribe(_ document: Document, _ progress: ProgressHandler?) throws -> [[String]] {
        try refine(Array(document.regions.indices), document, Work(progress))
        return rows(document, Set(document.regions.indices)).map { row in row.map(\.text).filter { !$0.isEmpty } }
            .filter { !$0.isEmpty }
    }

    private func generated(
        _ question: String, _ document: Document, _ retrieved: Retrieved, _ limits: Limits, _ work: Work
    ) throws -> Answer {
        try refine(retrieved.indices, document, work)
        let evidence = fitting(document, retrieved, limits.tokenBudget)
        let rows = rows(document, Set(evidence.map(\.index)))
        let prompt = try tokenizer.prompt(question, rows)
        let quotable = QuotableText(rows, geometry: document.geometry, relevance: retrieved.relevance)
        let visual = prompt.visualOrder.flatMap { text($0, document).visual }
        let names = prompt.visualOrder.map { Int64(document.serial) << 24 | Int64($0) }
        let answer = try generator.generate(
            prompt, visual: visual, names: names, quotable, question, nothing: retrieved.nothing, work)
        let tokens = TokenCount(
            evidence: prompt.questionStart - prompt.prefixLength, visual: prompt.visualOrder.count,
            prompt: prompt.ids.count, answer: answer.logProbabilities.count, budget: limits.tokenBudget,
            pageEstimate: document.costs.reduce(0, +),
            dropped: retrieved.leftOut + retrieved.indices.count - evidence.count)
        return try answered(answer, evidence, retrieved, tokens, manifest.confidence)
    }

    /// The mean probability of the characters of a few long lines, for where nothing was read.
    private func legibility(_ document: Document) throws -> Double {
        let widths = document.regions.map { textWidth($0.quad.doubles) }
        let lines = Array(widths.indices.sorted { widths[$0] > widths[$1] }.prefix(sampleLines))
        try refine(lines, document, Work(nil))
        return meanProbability(lines.map { text($0, document).transcription })
    }

    private func text(_ index: Int, _ document: Document) -> Refined { refined[document.serial]![index]! }

    /// Reads these regions at full resolution, unless they were read before.
    private func refine(_ indices: [Int], _ document: Document, _ work: Work) throws {
        var known = refined[document.serial]!
        let missing = indices.filter { known[$0] == nil }
        if missing.isEmpty { return }
        // Also those that were read before a cancellation are kept.
        defer { refined[document.serial] = known }
        try read(missing, document, recogniser, work, &known)
    }

    /// The chosen regions that fit the budget now that their text is known, in reading order.
    private func fitting(_ document: Document, _ retrieved: Retrieved, _ budget: Int) -> [ReadRegion] {
        var kept: [Int] = []
        var spent = 0
        for index in retrieved.indices.sorted(by: { retrieved.relevance[$0] > retrieved.relevance[$1] }) {
            var cost = tokenizer.regionCost(text(index, document).transcription.text)
            let page = document.pageOf[index]
            if !kept.isEmpty && kept.allSatisfy({ document.pageOf[$0] != page }) { cost += pageLine }
            if !kept.isEmpty && spent + cost > budget { break }
            kept.append(index)
            spent += cost
        }
        return kept.sorted().map { index in
            let number = document.pageOf[index]
            return ReadRegion(
                index: index, place: index - document.pages[number].first, number: number, page: document.pages[number],
                relevance: Double(retrieved.relevance[index]), transcription: text(index, document).transcription)
        }
    }

    /// The kept regions row by row, as the prompt shows them.
    private func rows(_ document: Document, _ kept: Set<Int>) -> [[Piece]] {
        document.pages.enumerated().flatMap { number, page in
            page.layout.rows.map { row in
                row.filter { kept.contains(page.first + $0) }.map { place in
                    Piece(
                        region: page.first + place, text: text(page.first + place, document).transcription.text,
                        page: number, cell: page.layout.cell[place], table: page.layout.table[place])
                }
            }
        }
    }
}

/// Reads regions of a document; each is in `known` as soon as it is read.
private func read(
    _ missing: [Int], _ document: Document, _ recogniser: Recogniser, _ work: Work, _ known: inout [Refined?]
) throws {
    try work.timed("refine") {
        var done = 0
        for page in document.pages {
            let places = missing.filter(page.indices.contains).map { $0 - page.first }
            try recogniser.read(page.page, page.flat, places, page.layout.geometry, work) { place, read in
                known[page.first + place] = read
                done += 1
                work.report(.refine, done, missing.count)
            }
        }
    }
}
