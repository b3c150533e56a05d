private let mostCount = 99
private let space: UInt8 = 0x20

/// A part of a region's transcription: characters `start` up to, not with, `end`.
struct Span: Equatable {
    let region: Int
    let start: Int
    let end: Int
}

/// An answer as a place in the quotable text.
struct Found {
    let text: String
    let kind: Kind
    /// Parts that the words were read from; empty unless ``kind`` is a span.
    var pieces: [Span] = []
    /// The pieces of other places with the same words.
    var alternatives: [[Span]] = []
}

/// A text that an answer may quote, or one of the fixed answers.
private struct Node {
    let text: [UInt8]
    let starts: [Int]
    let ends: [Bool]
    var successors: [Int] = []
    let kind: Kind
    var relevance = 0.0
}

/// A byte offset in the text of a node.
private struct State: Hashable {
    let node: Int
    let offset: Int
}

/// How a live state was reached: parts of earlier nodes, then `node` from byte `start` on.
private struct Path {
    let node: Int
    let start: Int
    var closed: [Span] = []
    let relevance: Double

    private var order: (Double, Int, Int, Int) {
        (-relevance, closed.count, closed.first?.region ?? node, closed.first?.start ?? start)
    }

    /// Better is more relevant, then of fewer parts, then the earlier place.
    func isBetter(than other: Path) -> Bool { order < other.order }
}

/// The automaton of constrained decoding: take one of ``allowed()``, ``push(_:)`` it, ``finish()`` after the end token.
///
/// A state is a byte offset in the quotable text; a token is allowed when its bytes continue the text at a live state.
struct Automaton {
    private let table: TokenTable
    private let quotable: QuotableText
    private let nodes: [Node]
    private var live: [(state: State, path: Path)] = []
    private var emitted: [UInt8]?  // nil until the space before the answer has come
    private var isAtEnd = false
    private var whole = ""  // the answer up to its last word end, and the paths that lead there
    private var wholePaths: [(state: State, path: Path)] = []
    private var isFinished = false

    init(_ table: TokenTable, _ quotable: QuotableText, _ question: String) {
        self.table = table
        self.quotable = quotable
        nodes = nodesOf(quotable, question)
        for (number, node) in nodes.enumerated() {
            for start in node.starts {
                let path = Path(node: number, start: start, relevance: node.relevance)
                live.append((State(node: number, offset: start), path))
            }
        }
    }

    /// Ids, ascending, that may come next; the end token among them at a word end.
    func allowed() -> [Int] {
        if isFinished { return [] }
        var found: Set<Int> = []
        var from = 0
        if emitted == nil {
            guard let child = table.child(0, space) else { return [] }
            from = child
            if let token = table.token(from) { found.insert(token) }
        }
        for (state, _) in live { collect(state.node, state.offset, from, &found) }
        if isAtEnd { found.insert(table.endId) }
        return found.sorted()
    }

    /// Adds the tokens from a node of the trie on whose bytes continue the state.
    private func collect(_ number: Int, _ offset: Int, _ from: Int, _ found: inout Set<Int>) {
        let node = nodes[number]
        var at = from
        func step(_ byte: UInt8) -> Bool {
            guard let next = table.child(at, byte) else { return false }
            at = next
            if let token = table.token(at) { found.insert(token) }
            return true
        }
        for i in offset..<node.text.count { if !step(node.text[i]) { return } }
        if node.successors.isEmpty || !step(space) { return }
        for successor in node.successors { collect(successor, 0, at, &found) }
    }

    /// Appends a token; throws ``PinPointError/option(_:)`` when it is not allowed here.
    mutating func push(_ token: Int) throws {
        if token == table.endId {
            guard !isFinished, isAtEnd else {
                throw PinPointError.option("The answer cannot end here: it is not at the end of a word.")
            }
            isFinished = true
            return
        }
        let bytes = table.bytesTable[token]
        let opens = emitted == nil  // the first byte of an answer is the space before it
        let rest = opens ? Array(bytes.dropFirst()) : bytes
        var next = Reached()
        if !bytes.isEmpty && !isFinished && (!opens || bytes[0] == space) {
            for (state, path) in live { advance(state, path, rest[...], &next) }
        }
        if next.all.isEmpty {
            throw PinPointError.option("Token \(token) does not continue the text: push only an allowed one.")
        }
        live = next.all
        let all = (emitted ?? []) + rest
        emitted = all
        let ended = live.filter { nodes[$0.state.node].ends[$0.state.offset] }
        isAtEnd = !ended.isEmpty && !all.isEmpty
        if isAtEnd {
            whole = String(decoding: all, as: UTF8.self)
            wholePaths = ended
        }
    }

    private func advance(_ state: State, _ path: Path, _ rest: ArraySlice<UInt8>, _ found: inout Reached) {
        let node = nodes[state.node]
        let left = node.text.count - state.offset
        let own = min(left, rest.count)
        if node.text[state.offset..<state.offset + own] != rest.prefix(own) { return }
        if rest.count <= left {
            found.add(State(node: state.node, offset: state.offset + own), path)
            return
        }
        if rest[rest.startIndex + own] != space { return }
        let closed = path.closed + [Span(region: state.node, start: path.start, end: node.text.count)]
        for successor in node.successors {
            let relevance = max(path.relevance, nodes[successor].relevance)
            let further = Path(node: successor, start: 0, closed: closed, relevance: relevance)
            advance(State(node: successor, offset: 0), further, rest.dropFirst(own + 1), &found)
        }
    }

    /// The answer so far, cut back to its last whole word when it did not end by itself.
    func finish() -> Found {
        let kinds = wholePaths.map { nodes[$0.state.node].kind }
        guard let first = kinds.first else { return Found(text: notFoundText, kind: .notFound) }
        if kinds.contains(.notFound) { return Found(text: whole, kind: .notFound) }
        let spans = wholePaths.filter { nodes[$0.state.node].kind == .span }
        if spans.isEmpty { return Found(text: whole, kind: first) }
        let places = spans.sorted { $0.path.isBetter(than: $1.path) }.map { state, path in
            characters(path.closed + [Span(region: path.node, start: path.start, end: state.offset)])
        }
        return Found(text: whole, kind: .span, pieces: places[0], alternatives: Array(places.dropFirst()))
    }

    /// Parts of nodes in bytes as parts of transcriptions in characters.
    private func characters(_ parts: [Span]) -> [Span] {
        parts.map { part in
            // The bytes that continue no character.
            func count(_ range: Range<Int>) -> Int { nodes[part.region].text[range].count { $0 & 0xC0 != 0x80 } }
            let first = count(0..<part.start) + quotable.leads[part.region]
            let length = count(part.start..<part.end)
            return Span(region: quotable.regions[part.region], start: first, end: first + length)
        }
    }
}

/// States in the order in which they were reached, each by its best path.
private struct Reached {
    private(set) var all: [(state: State, path: Path)] = []
    private var places: [State: Int] = [:]

    mutating func add(_ state: State, _ path: Path) {
        if let place = places[state] {
            if path.isBetter(than: all[place].path) { all[place].path = path }
        } else {
            places[state] = all.count
            all.append((state, path))
        }
    }
}

private func nodesOf(_ quotable: QuotableText, _ question: String) -> [Node] {
    let nodes = quotable.texts.enumerated().map { place, text in
        var offsets = [0]
        for point in text.unicodeScalars { offsets.append(offsets.last! + UTF8.width(point)) }
        var ends = [Bool](repeating: false, count: offsets.last! + 1)
        for end in wordEnds(text) { ends[offsets[end]] = true }
        return Node(
            text: Array(text.utf8), starts: wordStarts(text).map { offsets[$0] }, ends: ends,
            successors: quotable.successors[place], kind: .span, relevance: quotable.relevance[place])
    }
    var fixed: [(String, Kind)] = [("yes", .yes), ("no", .no), (notFoundText, .notFound)]
    if asksForCount(question) { fixed += (0...mostCount).map { (String($0), .count) } }
    return nodes
        + fixed.map { text, kind in
            let bytes = Array(text.utf8)
            let ends = (0...bytes.count).map { $0 == bytes.count }
            return Node(text: bytes, starts: [0], ends: ends, kind: kind)
        }
}

/// Whether a question begins as one for a number does, in any case, with any spaces between.
private func asksForCount(_ question: String) -> Bool {
    let words = question.unicodeScalars.split(whereSeparator: \.isSpace).map { foldCase(String($0)) }
    return ["how many", "number of", "the number of", "what is the number of", "count"].contains { opening in
        let wanted = opening.split(separator: " ").map(String.init)
        guard words.count >= wanted.count, words.starts(with: wanted.dropLast()) else { return false }
        let last = words[wanted.count - 1].unicodeScalars
        guard last.starts(with: wanted.last!.unicodeScalars) else { return false }
        guard let next = last.dropFirst(wanted.last!.count).first else { return true }
        return !next.isLetterOrNumber && next != "_"
    }
}
