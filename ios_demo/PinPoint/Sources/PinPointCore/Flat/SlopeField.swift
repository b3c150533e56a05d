// A field of slopes over the whole page: a coarse grid, drawn through the pieces by least squares, smooth from left to
// right, and smooth down the page but for folds (docs/bundle.md, step 4d.2).

/// Of the field; canvas pixels between its rows.
private let columns = 7
private let step = 32

/// Weight of the difference of neighbours, to a piece's 9 to 256.
private let across = 0.2
private let down = 50.0

/// Slope: a piece farther from the field counts for less; neighbours down the page that differ by more are held less.
private let noise = 0.05
private let fold = 0.012
private let rounds = 4

/// A slope of 1 degree: letters may lean so much, and level lines are read better.
private let levelSlope = 0.0175

/// Holds the nodes that no piece shows to the usual slope.
private let anchor = 1e-3

/// Slopes at places ``step`` apart down and the width in all across, row by row.
struct SlopeField {
    let slopes: [Double]
    private let width: Double

    init(slopes: [Double], width: Double) {
        self.slopes = slopes
        self.width = width
    }

    /// The page's own slope: the mean, 0 if it is small.
    var level: Double {
        let mean = slopes.reduce(0, +) / Double(slopes.count)
        return abs(mean) < levelSlope ? 0 : mean
    }

    /// The slope at a point, bilinear; that of the nearest edge outside.
    func at(_ x: Double, _ y: Double) -> Double {
        let rows = slopes.count / columns
        let (column, row) = (columnOf(x, width), rowOf(y, rows))
        let (i, j) = (min(Int(column), columns - 2), min(Int(row), rows - 2))
        let (right, below) = (column - Double(i), row - Double(j))
        let first = j * columns + i
        let upper = slopes[first] * (1 - right) + slopes[first + 1] * right
        let lower = slopes[first + columns] * (1 - right) + slopes[first + columns + 1] * right
        return upper * (1 - below) + lower * below
    }
}

private func columnOf(_ x: Double, _ width: Double) -> Double {
    min(max(x / width * Double(columns - 1), 0), Double(columns - 1))
}

private func rowOf(_ y: Double, _ rows: Int) -> Double { min(max(y / Double(step), 0), Double(rows - 1)) }

/// Draws a field through the slopes of pieces on the part of a canvas, `width` x `height`, that the page covers.
func fitSlopes(_ pieces: [LinePiece], _ width: Int, _ height: Int) -> SlopeField {
    let rows = max((height + step - 1) / step + 1, 2)
    let fit = FieldFit(pieces, Double(width), rows)
    var solution: [Double]?
    for _ in 0..<rounds { solution = fit.solved(solution) }
    return SlopeField(slopes: solution!, width: Double(width))
}

/// The least squares of a field: the nodes around each piece with their shares, and the equations of a round.
private struct FieldFit {
    private let pieces: [LinePiece]
    private let usual: Double
    private let count: Int
    private var nodes: [Int] = []
    private var shares: [Double] = []

    init(_ pieces: [LinePiece], _ width: Double, _ rows: Int) {
        self.pieces = pieces
        usual = firstAtHalf(pieces.map(\.slope), pieces.map(\.weight))
        count = rows * columns
        for piece in pieces {
            let (column, row) = (columnOf(piece.x, width), rowOf(piece.y, rows))
            let (i, j) = (min(Int(column), columns - 2), min(Int(row), rows - 2))
            let (right, below) = (column - Double(i), row - Double(j))
            for corner in 0..<4 {
                nodes.append((j + corner / 2) * columns + i + corner % 2)
                shares.append((corner % 2 == 0 ? 1 - right : right) * (corner < 2 ? 1 - below : below))
            }
        }
    }

    /// The nodes of a round.
    ///
    /// A piece's weight is divided by 1 + (d / noise)², d its distance from the field `before`, and that of a difference
    /// down the page by 1 + (d / fold)².
    func solved(_ before: [Double]?) -> [Double] {
        var band = Banded(count: count, band: columns + 2)
        var wanted = [Double](repeating: anchor * usual, count: count)
        for (n, piece) in pieces.enumerated() {
            var weight = piece.weight
            let own = 4 * n..<4 * n + 4
            if let before {
                let fitted = own.reduce(0.0) { $0 + shares[$1] * before[nodes[$1]] }
                let away = (fitted - piece.slope) / noise
                weight = piece.weight / (1 + away * away)
            }
            for one in own {
                for two in 4 * n...one { band.add(nodes[one], nodes[two], weight * (shares[one] * shares[two])) }
                wanted[nodes[one]] += shares[one] * (weight * piece.slope)
            }
        }
        for node in 0..<count {
            band.add(node, node, anchor)
            if node % columns < columns - 1 { band.tie(node, node + 1, across) }
            let below = node + columns
            if below >= count { continue }
            let apart = before.map { ($0[node] - $0[below]) / fold } ?? 0
            band.tie(node, below, down / (1 + apart * apart))
        }
        return band.solved(wanted)
    }
}

/// The first value, in order, at which half of the weight is reached.
func firstAtHalf(_ values: [Double], _ weights: [Double]) -> Double {
    let order = values.indices.sorted { values[$0] < values[$1] }
    let half = order.reduce(0) { $0 + weights[$1] } / 2
    var passed = 0.0
    for index in order {
        passed += weights[index]
        if passed >= half { return values[index] }
    }
    return 0
}
