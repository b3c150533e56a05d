import Foundation

/// A derived answer names the evidence at least this relevant, to the best one's 1.
private let derivedShare = 0.5

/// A region of the evidence after it was read at full resolution.
struct ReadRegion {
    /// Document-wide.
    let index: Int
    /// Of its page.
    let place: Int
    /// Of the page.
    let number: Int
    let page: LookedPage
    let relevance: Double
    let transcription: Transcription

    var evidence: Evidence {
        let likely = transcription.probabilities
        let mean = likely.isEmpty ? 0 : likely.reduce(0.0) { $0 + Double($1) } / Double(likely.count)
        return Evidence(
            text: transcription.text, box: page.regions[place].box, page: number, relevance: relevance, probability: mean)
    }
}

/// The answer of a text that was generated from the evidence.
func answered(
    _ generated: ConstrainedAnswer, _ evidence: [ReadRegion], _ retrieved: Retrieved, _ tokens: TokenCount,
    _ weights: [String: [String: Double]]
) throws -> Answer {
    let text = generated.found.text
    let found = generated.found.kind != .notFound && foldCase(text) != notFoundText
    let read = Dictionary(uniqueKeysWithValues: evidence.map { ($0.index, $0) })
    var pieces = generated.found.pieces
    if found && pieces.isEmpty { pieces = derivedFrom(text, evidence) }
    let best = pieces.map { read[$0.region]! }.max { $0.relevance < $1.relevance }
    // The support of a derived answer may lie on several pages; boxes are those of one.
    pieces = pieces.filter { read[$0.region]!.number == best?.number }
    var quads: [Quad] = []
    var least: Float = 1
    for piece in pieces {
        let own = read[piece.region]!
        let line = own.transcription
        guard piece.end > piece.start else { continue }
        quads.append(own.page.part(own.place, line.starts[piece.start], line.ends[piece.end - 1]))
        least = min(least, line.probabilities[piece.start..<piece.end].min()!)
    }
    let logs = generated.logProbabilities
    var signals = Signals(
        decode: decodeProbability(logs), least: exp(min(0, logs.min() ?? 0)), reader: Double(least),
        nothing: retrieved.nothing, notFound: generated.notFound, focus: retrieved.focus)
    if found, let best, retrieved.focus > 0 { signals.support = min(1, best.relevance / retrieved.focus) }
    signals.legible = meanProbability(evidence.map(\.transcription))
    signals.label = retrieved.label
    return Answer(
        text: found ? text : nil, kind: found ? generated.found.kind : .notFound,
        confidence: try confidenceOf(signals, found: found, weights), page: found ? best?.number : nil,
        quads: found ? quads : [], evidence: evidence.map(\.evidence), tokens: tokens, signals: signals, timings: [])
}

/// The answer "not found" where no region is relevant and nothing was generated.
func nothingFound(
    _ retrieved: Retrieved, _ legible: Double, budget: Int, estimate: Int, _ weights: [String: [String: Double]]
) throws -> Answer {
    let signals = Signals(
        nothing: retrieved.nothing, focus: retrieved.focus, legible: legible, label: retrieved.label)
    // Without weights the null region alone speaks.
    let confidence = weights.isEmpty ? retrieved.nothing : try confidenceOf(signals, found: false, weights)
    let tokens = TokenCount(
        evidence: 0, visual: 0, prompt: 0, answer: 0, budget: budget, pageEstimate: estimate, dropped: 0)
    return Answer(
        text: nil, kind: .notFound, confidence: confidence, page: nil, quads: [], evidence: [], tokens: tokens,
        signals: signals, timings: [])
}

/// The support of a derived answer: regions that hold its words, or the best ones.
private func derivedFrom(_ text: String, _ evidence: [ReadRegion]) -> [Span] {
    let words = letters(text)
    let holding = words.count > 3 ? evidence.filter { contains(letters($0.transcription.text), words) } : []
    let top = evidence.map(\.relevance).max() ?? 0
    let support = holding.isEmpty ? evidence.filter { $0.relevance >= derivedShare * top } : holding
    return support.map { Span(region: $0.index, start: 0, end: $0.transcription.probabilities.count) }
}

private func letters(_ text: String) -> Points {
    foldCase(text).unicodeScalars.filter { $0.isLetterOrNumber || $0 == "_" }.map { $0 }
}

private func contains(_ text: Points, _ words: Points) -> Bool {
    text.count >= words.count && (0...text.count - words.count).contains { text[$0...].starts(with: words) }
}

/// An answer as one line of JSON.
func answerJson(_ answer: Answer) -> String {
    let source = "\"recogniser\""  // never the text layer of a PDF
    let evidence = answer.evidence.map { own in
        "{\"text\": \(quoted(own.text)), \"box\": \(boxJson(own.box)), \"page\": \(own.page), "
            + "\"relevance\": \(rounded(own.relevance, 4)), \"probability\": \(rounded(own.probability, 4)), "
            + "\"source\": \(source)}"
    }
    let quads = answer.quads.map { quad in
        list((0..<4).map { list([quad.corners[2 * $0], quad.corners[2 * $0 + 1]].map { rounded(Double($0), 2) }) })
    }
    let tokens = answer.tokens
    let timings = answer.timings.map { "\(quoted($0.step)): \(rounded($0.milliseconds, 2))" }
    return "{\"text\": \(answer.text.map(quoted) ?? "null"), \"found\": \(answer.found), "
        + "\"kind\": \(quoted(answer.kind.rawValue)), \"confidence\": \(rounded(answer.confidence, 4)), "
        + "\"page\": \(answer.page.map(String.init) ?? "null"), \"boxes\": \(list(answer.boxes.map(boxJson))), "
        + "\"quads\": \(list(quads)), \"evidence\": \(list(evidence)), \"source\": \(answer.found ? source : "null"), "
        + "\"tokens\": {\"evidence\": \(tokens.evidence), \"visual\": \(tokens.visual), \"prompt\": \(tokens.prompt), "
        + "\"answer\": \(tokens.answer), \"budget\": \(tokens.budget), \"page_estimate\": \(tokens.pageEstimate), "
        + "\"dropped\": \(tokens.dropped), \"share\": \(rounded(tokens.share, 4))}, "
        + "\"timings\": {\(timings.joined(separator: ", "))}}"
}

private func list(_ items: [String]) -> String { "[\(items.joined(separator: ", "))]" }

private func boxJson(_ box: Box) -> String { list([box.x0, box.y0, box.x1, box.y1].map { rounded($0, 2) }) }

/// The shortest decimal of a number rounded half to even at its exact value, as Python rounds.
private func rounded(_ value: Double, _ digits: Int) -> String {
    "\(Double(String(format: "%.\(digits)f", value)) ?? value)"
}

private func quoted(_ text: String) -> String {
    var result = "\""
    for point in text.unicodeScalars {
        switch point {
        case "\"", "\\": result += "\\\(point)"
        case ..<" ": result += String(format: "\\u%04x", point.value)
        default: result.unicodeScalars.append(point)
        }
    }
    return result + "\""
}
