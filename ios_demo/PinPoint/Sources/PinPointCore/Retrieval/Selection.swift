import Foundation

/// Where the choice of evidence ends: coverage, 0 to 1, or a budget of tokens.
struct Limits {
    let coverage: Double
    let tokenBudget: Int
}

/// The regions chosen for one question.
struct Selection {
    /// In reading order.
    var indices: [Int] = []
    /// Of each chosen one: its probability among the regions.
    var relevance: [Double] = []
    /// Their sum.
    var covered = 0.0
    /// The probability of the null region.
    var nothing = 1.0
    /// False when null wins; the regions are chosen all the same.
    var found = false
    /// The sum of the chosen costs.
    var tokens = 0
}

/// Chooses regions by falling relevance until the coverage or the token budget is reached (docs/bundle.md, step 9).
///
/// `logits`: of the regions, relative to a null of `nullLogit`; `costs`: tokens that each is expected to add.
func select(
    _ logits: [Float], null nullLogit: Float = 0, _ costs: [Int], _ limits: Limits, _ parameters: SelectionParameters
) throws -> Selection {
    guard limits.coverage > 0, limits.coverage <= 1 else {
        throw PinPointError.option("The coverage is \(limits.coverage): give a number above 0 and up to 1.")
    }
    guard limits.tokenBudget >= 1 else {
        throw PinPointError.option("The token budget is \(limits.tokenBudget): give at least 1.")
    }
    if logits.isEmpty { return Selection() }
    let nothing = softmax(logits.map(Double.init) + [Double(nullLogit)]).last!
    let shares = softmax(logits.map { Double($0) / parameters.temperature })
    var chosen = Selection(nothing: nothing, found: nothing < parameters.nullWins)
    for index in byFalling(logits) {  // shares may round unequal logits to equal
        let isFull = chosen.covered >= limits.coverage || chosen.tokens + costs[index] > limits.tokenBudget
        if !chosen.indices.isEmpty && isFull { break }
        chosen.indices.append(index)
        chosen.covered += shares[index]
        chosen.tokens += costs[index]
    }
    chosen.indices.sort()
    chosen.relevance = chosen.indices.map { shares[$0] }
    chosen.covered = min(chosen.covered, 1)
    return chosen
}

/// Adds the companions of the chosen regions, those of the most relevant first, in the budget; indices in reading order.
func withCompanions(
    _ chosen: Selection, _ relevance: [Float], _ costs: [Int], _ budget: Int, _ companions: (Int) -> [Int]
) -> [Int] {
    var taken = Set(chosen.indices)
    var spent = chosen.tokens
    for index in chosen.indices.sorted(by: { relevance[$0] > relevance[$1] }) {
        for other in companions(index) where !taken.contains(other) && spent + costs[other] <= budget {
            taken.insert(other)
            spent += costs[other]
        }
    }
    return taken.sorted()
}

/// Tokens that a region is expected to add, from its rough reading.
func estimateTokens(_ reading: String) -> Int {
    let points = reading.unicodeScalars
    let digits = points.count { $0.isDecimal }
    return 2 + digits + (points.count - digits + 2) / 3
}

/// Indices by falling value, the earlier of equals first.
func byFalling(_ values: [Float]) -> [Int] { values.indices.sorted { values[$0] > values[$1] } }

/// Probabilities of scores.
func softmax(_ scores: [Double]) -> [Double] {
    let top = scores.max() ?? 0
    let powers = scores.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

/// Probabilities of scores at a temperature, as float32.
func shares(_ scores: [Float], _ temperature: Double) -> [Float] {
    softmax(scores.map { Double($0) / temperature }).map(Float.init)
}
