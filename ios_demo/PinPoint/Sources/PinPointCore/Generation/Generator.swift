import Foundation

/// Tokens that are read at once.
private let chunk = 64
private let capacityStep = 512

/// Tokens that a cache may grow to, where its graph does not say.
let mostContext = 4096
private let longestAnswer = 96

/// Log odds to add to "not found", given the aligner's probability that nothing answers.
func notFoundBias(_ nothing: Double, _ prior: NotFoundPrior) -> Double {
    let likely = min(max(nothing, 1e-6), 1 - 1e-6)
    let odds = log(likely / (1 - likely)) - log(prior.share / (1 - prior.share))
    return min(max(odds, -prior.limit), prior.limit)
}

/// An answer with the probabilities that the language model gave it.
struct ConstrainedAnswer {
    let found: Found
    /// Of each chosen token, the end token too, among the allowed ones.
    let logProbabilities: [Double]
    /// The first token's probability, among the allowed ones, of the token that begins "not found".
    let notFound: Double
}

/// Decodes greedily among the allowed tokens (docs/bundle.md, step 11).
///
/// `first`: the logits after the prompt; `step` appends a token and gives the logits after it; `bias` is added to the logit
/// of the token that begins "not found".
func decodeConstrained(
    _ first: [Float], _ automaton: Automaton, _ table: TokenTable, most: Int, bias: Double, step: (Int) throws -> [Float]
) throws -> ConstrainedAnswer {
    var automaton = automaton
    let opening = table.longest(" \(notFoundText)".utf8) ?? -1
    var logs: [Double] = []
    var notFound = 0.0
    var logits = first
    for count in 0..<most {
        let allowed = automaton.allowed()
        let own = allowed.map { Double(logits[$0]) + (count == 0 && $0 == opening ? bias : 0) }
        guard let top = own.max() else { break }
        let best = own.firstIndex(of: top)!
        let among = top + log(own.reduce(0) { $0 + exp($1 - top) })
        if count == 0, let place = allowed.firstIndex(of: opening) { notFound = exp(own[place] - among) }
        logs.append(top - among)
        try automaton.push(allowed[best])
        if allowed[best] == table.endId { break }
        if count + 1 < most { logits = try step(allowed[best]) }
    }
    return ConstrainedAnswer(found: automaton.finish(), logProbabilities: logs, notFound: notFound)
}

/// The language model of one bundle with its cache: prefill in chunks, then steps.
///
/// The cache keeps the last prompt. Of a new one that begins alike, whole chunks are kept: a token is always read in the
/// same chunk, so an answer never depends on the questions before.
final class Generator {
    private let tokenizer: Tokenizer
    private let table: TokenTable
    private let capacity: Int
    private let context: Int
    private let prior: NotFoundPrior
    private let makeCache: (Int) throws -> StageCache
    private var cache: StageCache?
    private var held: [Int64] = []

    /// `context`: most tokens that the cache may grow to.
    init(
        _ tokenizer: Tokenizer, capacity: Int, context: Int, _ prior: NotFoundPrior,
        makeCache: @escaping (Int) throws -> StageCache
    ) throws {
        self.tokenizer = tokenizer
        table = TokenTable(tokenizer.bytesTable, endId: try tokenizer.controlId(endToken))
        self.capacity = capacity
        self.context = context
        self.prior = prior
        self.makeCache = makeCache
    }

    /// Reads the prompt and decodes an answer.
    ///
    /// `visual`: the visual tokens in the prompt's order, one after another; `names`: of each, equal names mean equal
    /// vectors; `nothing`: the aligner's probability that nothing answers.
    func generate(
        _ prompt: Prompt, visual: [Float], names: [Int64], _ quotable: QuotableText, _ question: String, nothing: Double,
        _ work: Work
    ) throws -> ConstrainedAnswer {
        let vocabulary = tokenizer.vocabulary
        let keys = prompt.ids.map { Int($0) < vocabulary ? Int64($0) : -1 - names[Int($0) - vocabulary] }
        let (cache, first) = try work.timed("prefill") {
            let cache = try cacheFor(keys.count + longestAnswer)
            // The last id is always read anew: its logits are wanted.
            let alike = zip(keys.dropLast(), held).prefix { $0 == $1 }.count
            let kept = alike / chunk * chunk
            held = Array(held.prefix(kept))
            try cache.truncate(kept)
            var logits: [Float] = []
            for start in stride(from: kept, to: keys.count, by: chunk) {
                try work.check()
                let end = min(start + chunk, keys.count)
                logits = try cache.run(Array(prompt.ids[start..<end]), visual)
                work.report(.prefill, end, keys.count)
            }
            held = keys
            return (cache, logits)
        }
        return try work.timed("decode") {
            var count = 0
            let automaton = Automaton(table, quotable, question)
            let bias = notFoundBias(nothing, prior)
            return try decodeConstrained(first, automaton, table, most: longestAnswer, bias: bias) { token in
                try work.check()
                count += 1
                work.report(.decode, count, longestAnswer)
                return try cache.run([Int32(token)], visual)
            }
        }
    }

    private func cacheFor(_ needed: Int) throws -> StageCache {
        if let cache, cache.capacity >= needed { return cache }
        release()
        let steps = (needed + capacityStep - 1) / capacityStep * capacityStep
        let made = try makeCache(max(capacity, min(steps, context)))
        cache = made
        return made
    }

    /// Frees the cache and its session.
    func release() {
        cache = nil
        held = []
    }
}
