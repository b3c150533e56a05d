// Literal-match features of the regions of one page (docs/bundle.md, step 8).

/// Of the narrower box, to count as below.
private let leastOverlap = 0.3

/// Columns of the match features.
let matchColumns = 6

/// Where regions lie, up and down and across, in shares of the page.
struct Positions {
    let row: [Int]
    private let y: [Double]
    private let width: [Double]
    private let left: [Double]
    private let right: [Double]
    private let top: [Double]
    private let foot: [Double]

    /// `geometry`: (N, 4) of the regions; `row`: the row of each.
    init(geometry: (Int, Int) -> Float, row: [Int]) {
        self.row = row
        let all = row.indices
        let width = all.map { Double(geometry($0, 2)) }
        let y = all.map { Double(geometry($0, 1)) }
        self.width = width
        self.y = y
        left = all.map { Double(geometry($0, 0)) - width[$0] / 2 }
        right = all.map { Double(geometry($0, 0)) + width[$0] / 2 }
        top = all.map { y[$0] - Double(geometry($0, 3)) / 2 }
        foot = all.map { y[$0] + Double(geometry($0, 3)) / 2 }
    }

    /// Whether region j lies above region i: of an earlier row, its middle higher, with enough overlap.
    func isAbove(_ i: Int, _ j: Int) -> Bool {
        if row[j] >= row[i] || y[j] >= y[i] { return false }
        let overlap = min(right[i], right[j]) - max(left[i], left[j])
        return overlap >= leastOverlap * max(min(width[i], width[j]), 1e-9)
    }

    /// From the lower edge of region j down to the upper edge of region i.
    func gap(_ i: Int, _ j: Int) -> Double { top[i] - foot[j] }
}

/// Literal-match features (N, 6) of the regions of one page, each 0 to 1.
func matchFeatures(_ question: String, _ readings: [String], _ layout: Layout) -> [Float] {
    matchFeatures(similarity(question, readings), layout)
}

/// The same of the regions' own similarities.
func matchFeatures(_ own: [Float], _ layout: Layout) -> [Float] {
    let top = own.max() ?? 0
    let left = bestLeft(own, layout.rows)
    var row = [Int](repeating: 0, count: layout.cell.count)
    for (number, places) in layout.rows.enumerated() { for place in places { row[place] = number } }
    let positions = Positions(geometry: { layout.geometry[4 * $0 + $1] }, row: row)
    return own.indices.flatMap { i -> [Float] in
        var nearest: Int?
        var least = Double.infinity
        var (other, over): (Float, Float) = (0, 0)
        for j in own.indices {
            let isOfCell = layout.cell[i] == layout.cell[j]
            if isOfCell && i != j { other = max(other, own[j]) }
            guard positions.isAbove(i, j) else { continue }
            let gap = positions.gap(i, j)
            if gap < least {
                least = gap
                nearest = j
            }
            if layout.table[i] >= 0 ? layout.table[i] == layout.table[j] : isOfCell { over = max(over, own[j]) }
        }
        return [own[i], left[i], nearest.map { own[$0] } ?? 0, top > 0 ? own[i] / top : 0, other, over]
    }
}

/// The best similarity left of each region in its row.
private func bestLeft(_ scores: [Float], _ rows: [[Int]]) -> [Float] {
    var best = [Float](repeating: 0, count: scores.count)
    for row in rows {
        var most = -Float.infinity
        for (before, place) in zip(row, row.dropFirst()) {
            most = max(most, scores[before])
            best[place] = most
        }
    }
    return best
}
