// Several documents side by side on one page, such as two receipts on one scan (docs/bundle.md, step 5a).
//
// An empty gutter from top to foot parts two documents when on either side of it lies a whole document: rows of labels and
// values, and titles or other lines that run across the gap between them.

/// Halves of a line's height: the narrowest gap between two documents.
private let narrowest = 3

/// Least rows of a document, and of two regions or more.
private let leastRows = 6
private let leastPairs = 3

/// The documents of a page from left to right, each the indices of its regions; one as a rule.
func findDocuments(_ boxes: [UvBox], _ levelRules: [Rule]) -> [[Int]] {
    let everything = Array(boxes.indices)
    return documentsOf(boxes, everything, levelRules) ?? [everything]
}

/// The documents that some regions are, or nil where they are none.
private func documentsOf(_ boxes: [UvBox], _ indices: [Int], _ rules: [Rule]) -> [[Int]]? {
    if indices.count < 2 * leastPairs { return nil }
    let tall = medianHeight(boxes, indices)
    let gutters = gaps(boxes, indices, .u).filter { 2 * $0.length >= narrowest * tall }
    for gutter in gutters.sorted(by: { $0.isWider(than: $1) }) {
        if rules.contains(where: { $0.start < gutter.start && $0.stop > gutter.stop }) { continue }
        let middle = gutter.start + gutter.stop
        let first = indices.filter { boxes[$0].middleU < middle }
        guard let one = documentsOf(boxes, first, rules) else { continue }
        guard let other = documentsOf(boxes, indices.filter { boxes[$0].middleU >= middle }, rules) else { continue }
        return one + other
    }
    // Regions with a gutter of their own that are no two documents are a half of one.
    return !gutters.isEmpty || !isWhole(boxes, indices) ? nil : [indices]
}

private func isWhole(_ boxes: [UvBox], _ indices: [Int]) -> Bool {
    let rows = rowsOf(boxes, indices)
    return rows.count >= leastRows && rows.count { $0.count > 1 } >= leastPairs
}

/// Geometry (N, 4) on the page as geometry on the documents, which share its width.
func framed(_ places: [Float], _ documents: [Int]) -> [Float] {
    let count = documents.max()! + 1
    var starts = [Double](repeating: .infinity, count: count)
    var stops = [Double](repeating: -.infinity, count: count)
    for (index, own) in documents.enumerated() {
        let (x, half) = (Double(places[4 * index]), Double(places[4 * index + 2]) / 2)
        starts[own] = min(starts[own], x - half)
        stops[own] = max(stops[own], x + half)
    }
    let meetings = zip(stops, starts.dropFirst()).map { ($0 + $1) / 2 }
    let edges = [0] + meetings + [1]
    var result = places
    for (index, own) in documents.enumerated() {
        let wide = edges[own + 1] - edges[own]
        result[4 * index] = Float((Double(places[4 * index]) - edges[own]) / wide)
        result[4 * index + 2] = Float(Double(places[4 * index + 2]) / wide)
    }
    return result
}
