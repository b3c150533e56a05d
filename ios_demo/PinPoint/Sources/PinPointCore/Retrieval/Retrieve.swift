let readingTrigrams = 32
let instructionTrigrams = 64
let alignSizes = [64, 256]

/// A relevance whose share is 0.
private let outOfReach: Float = -1e4

/// The regions chosen for one question.
struct Retrieved {
    /// Document-wide, in reading order.
    let indices: [Int]
    /// A probability for every region of the document.
    let relevance: [Float]
    /// False when nothing on the pages is relevant.
    let found: Bool
    /// The aligner's probability of that.
    let nothing: Double
    /// The largest relevance.
    let focus: Double
    /// The best literal match of the question and a rough text.
    let label: Double
    /// Regions that coverage asked for and the budget refused.
    let leftOut: Int
}

/// Chooses the regions that the question is about, over all pages of a document: align, then select.
func retrieve(
    _ question: String, _ pages: [LookedPage], _ costs: [Int], _ stages: Stages, _ limits: Limits,
    _ parameters: SelectionParameters, _ work: Work
) throws -> Retrieved {
    var scores: [Float] = []
    try work.timed("align") {
        for (number, page) in pages.enumerated() {
            scores += inNamedDocument(try align(stages, question, page, work), question, page)
            work.report(.align, number + 1, pages.count)
        }
    }
    return try work.timed("select") {
        let likely = onLikelyPages(scores, pages, parameters.pageShare)
        let chosen = try select(likely, costs, limits, parameters)
        let covering = try select(likely, costs, Limits(coverage: limits.coverage, tokenBudget: .max), parameters)
        let indices = withCompanions(chosen, scores, costs, limits.tokenBudget) { index in
            let page = pages.first { $0.indices.contains(index) }!
            return page.layout.companions(index - page.first).map { page.first + $0 }
        }
        let relevance = shares(scores, parameters.temperature)
        let labels = similarity(trigramCodes(content(question)), pages.flatMap(\.glance.codes))
        return Retrieved(
            indices: indices, relevance: relevance, found: chosen.found, nothing: chosen.nothing,
            focus: relevance.max().map(Double.init) ?? 1, label: labels.max().map(Double.init) ?? 0,
            leftOut: covering.indices.count - chosen.indices.count)
    }
}

/// Scores every region of one page against the question (docs/bundle.md, step 9).
///
/// Returns (N,) logits relative to the null region, so that 0 is as likely as "none" and parts and pages compare.
private func align(_ stages: Stages, _ question: String, _ page: LookedPage, _ work: Work) throws -> [Float] {
    let count = page.regions.count
    var relevance = [Float](repeating: 0, count: count)
    if count == 0 { return relevance }
    let own = similarity(trigramCodes(content(question)), page.glance.codes)
    let match = matchFeatures(own, page.layout)
    let instruction = instructionIds(question, instructionTrigrams)
    let columns = try stages.size("align", "match", 1)
    let placeColumns = try stages.size("align", "geometry", 1)
    guard columns <= matchColumns, placeColumns == 4 || placeColumns == 8 else {
        throw PinPointError.bundle("Stage align takes more columns than there are; update pinpoint-edge.")
    }
    let cells = placeColumns > 4 ? page.layout.cells() : []
    let order = page.layout.rows.flatMap { $0 }
    for start in stride(from: 0, to: order.count, by: alignSizes.last!) {
        try work.check()
        let part = order[start..<min(start + alignSizes.last!, order.count)]
        let size = alignSizes.first { $0 >= part.count }!
        let rest = size - part.count
        func rows<T>(_ width: Int, _ zero: T, _ row: (Int) -> some Collection<T>) -> [T] {
            var all: [T] = []
            all.reserveCapacity(size * width)
            for index in part { all += row(index) }
            return all + [T](repeating: zero, count: rest * width)
        }
        let features = rows(featureCount, 0) { page.glance.features[$0 * featureCount..<($0 + 1) * featureCount] }
        let trigrams = rows(readingTrigrams, 0) { trigramIds(page.glance.readings[$0], readingTrigrams) }
        let matches = rows(columns, 0) { match[$0 * matchColumns..<$0 * matchColumns + columns] }
        let places = rows(placeColumns, 0) { index in
            page.layout.geometry[4 * index..<4 * index + 4] + (cells.isEmpty ? [] : cells[4 * index..<4 * index + 4])
        }
        let mask = rows(1, 0) { _ in CollectionOfOne<Float>(1) }
        let scores = try stages.run(
            "align",
            [
                "features": .floats(shape: [size, 4, featureCount / 4], features),
                "trigrams": .ints(shape: [size, readingTrigrams], trigrams),
                "match": .floats(shape: [size, columns], matches),
                "geometry": .floats(shape: [size, placeColumns], places),
                "mask": .floats(shape: [size], mask),
                "instruction": .ints(shape: [instructionTrigrams], instruction),
            ]
        ).floats("relevance").data
        for (slot, index) in part.enumerated() { relevance[index] = scores[slot] - scores[size] }
    }
    return relevance
}

/// Puts the regions of other documents of a page out of reach where the question names one.
private func inNamedDocument(_ scores: [Float], _ question: String, _ page: LookedPage) -> [Float] {
    let document = page.layout.document
    guard let named = namedDocument(question, page.glance.readings, document) else { return scores }
    return scores.indices.map { document[$0] == named ? scores[$0] : outOfReach }
}

/// Puts the regions of pages with less than `least` of the relevance out of reach, but not those of the best page.
///
/// Softened relevance gathers the uncertain regions of a page; between pages it would only bring in look-alikes, so they
/// compete by their shares at temperature 1.
private func onLikelyPages(_ scores: [Float], _ pages: [LookedPage], _ least: Double) -> [Float] {
    if pages.count(where: { !$0.regions.isEmpty }) < 2 { return scores }
    let shares = shares(scores, 1)
    let sums = pages.map { page in page.indices.reduce(0.0) { $0 + Double(shares[$1]) } }
    let enough = min(least, sums.max()!)
    var result = scores
    for (page, sum) in zip(pages, sums) where sum < enough { for index in page.indices { result[index] = outOfReach } }
    return result
}
