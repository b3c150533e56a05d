/// The regions that may be quoted, in prompt order; those without text are left out.
struct QuotableText {
    private(set) var regions: [Int] = []
    /// Their transcriptions, stripped.
    private(set) var texts: [String] = []
    /// Code points that stripping took from the left.
    private(set) var leads: [Int] = []
    /// Positions (not regions) that a span may run on to.
    private(set) var successors: [[Int]] = []
    private(set) var relevance: [Double] = []

    /// Collects the quotable regions of the prompt; `geometry` (N, 4) and `relevance` (N,) are by region.
    init(_ rows: [[Piece]], geometry: [Float], relevance: [Float]) {
        var pieces: [Piece] = []
        var row: [Int] = []
        for (number, own) in rows.enumerated() {
            for piece in own where !piece.text.unicodeScalars.allSatisfy(\.isSpace) {
                pieces.append(piece)
                row.append(number)
            }
        }
        let positions = Positions(geometry: { geometry[4 * pieces[$0].region + $1] }, row: row)
        for (place, piece) in pieces.enumerated() {
            let line = oneLine(piece.text).points
            regions.append(piece.region)
            texts.append(String(points: line).stripped)
            leads.append(line.firstIndex { !$0.isSpace }!)
            self.relevance.append(Double(relevance[piece.region]))
            var following: [Int] = []
            if place + 1 < pieces.count {
                let next = pieces[place + 1]
                let isOfCell = next.cell == piece.cell || row[place + 1] == row[place]
                if next.page == piece.page && isOfCell { following.append(place + 1) }
            }
            let below = below(place, pieces, positions)
            if let below, !following.contains(below) { following.append(below) }
            successors.append(following)
        }
    }
}

/// The position of the nearest region below one, in a later row of its cell.
private func below(_ place: Int, _ pieces: [Piece], _ positions: Positions) -> Int? {
    var nearest: Int?
    var least = Double.infinity
    for j in pieces.indices where pieces[j].page == pieces[place].page && pieces[j].cell == pieces[place].cell {
        guard positions.isAbove(j, place) else { continue }
        let gap = positions.gap(j, place)
        if gap < least {
            least = gap
            nearest = j
        }
    }
    return nearest
}
