// Which of several documents on one page a question names: "the total of the Willow receipt" (docs/bundle.md, step 9).

/// Characters of a word that names.
private let shortest = 4

/// Shares of its trigrams, in a region of one document and of no other.
private let named = 0.6
private let notNamed = 0.3

/// The document that words of a question name, nil where none or several are named.
///
/// `readings`: the rough texts of a page's regions; `documents`: of each.
func namedDocument(_ question: String, _ readings: [String], _ documents: [Int]) -> Int? {
    let count = Set(documents).count
    if count < 2 { return nil }
    let texts = readings.map { Set(trigramCodes($0)) }
    var found: Set<Int> = []
    for word in content(question).split(separator: " ") where word.unicodeScalars.count >= shortest {
        let wanted = trigramCodes(String(word))
        var best = [Double](repeating: 0, count: count)
        for (text, own) in zip(texts, documents) {
            best[own] = max(best[own], Double(wanted.count { text.contains($0) }) / Double(wanted.count))
        }
        let most = best.indices.max { best[$0] < best[$1] }!
        let others = best.indices.filter { $0 != most }.map { best[$0] }.max()!
        if best[most] >= named && others <= notNamed { found.insert(most) }
    }
    return found.count == 1 ? found.first : nil
}
