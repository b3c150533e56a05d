// Pieces of text lines and their slopes, on the text map and on the ink (docs/bundle.md, step 4d.1 and 4).

/// Thicknesses: a line twice as long has two pieces; a shorter one than ``shortest`` shows no slope.
private let pieceLength = 8
private let shortest = 3

/// Tried slopes are 1 / fineness apart, ``tried`` to either side of the slope on the map.
private let fineness = 80.0
private let tried = 10

/// Thicknesses on the map: a line's letters, and its first and last one.
private let reachOfLetters = 1.1
private let besideLine = 0.5

/// A piece of a text line: its centre, its slope (down per right), and its size on the text map.
struct LinePiece {
    let x: Double
    let y: Double
    var slope: Double
    let weight: Double
    let length: Double
    let thick: Double
}

/// Cuts the components of a text map into pieces, and measures each one's slope.
func findPieces(_ components: [Component]) -> [LinePiece] { components.flatMap(piecesOf) }

private func piecesOf(_ part: Component) -> [LinePiece] {
    var (left, right, area) = (Int.max, 0, 0)
    for run in part.runs {
        left = min(left, run.start)
        right = max(right, run.end)
        area += run.end - run.start
    }
    let width = right - left
    if width * width < shortest * area { return [] }
    let count = max(width * width / (pieceLength * area), 1)
    var sums = [Sums](repeating: Sums(), count: count)
    for run in part.runs {
        let last = (run.end - 1 - left) * count / width
        for piece in (run.start - left) * count / width...last {
            // A run is cut where the pieces of its line meet.
            let begin = max(run.start, left + (piece * width + count - 1) / count)
            let stop = min(run.end, left + ((piece + 1) * width + count - 1) / count)
            sums[piece].add(run.row, begin, stop)
        }
    }
    let thick = Double(area) / Double(width)
    let length = Double(width) / Double(count)
    return sums.compactMap { $0.piece(length, thick) }
}

/// Sums over the pixels of a piece.
private struct Sums {
    private var (n, x, y, xx, xy) = (0, 0, 0, 0, 0)

    mutating func add(_ row: Int, _ begin: Int, _ stop: Int) {
        let many = stop - begin
        let own = (begin + stop - 1) * many / 2
        n += many
        x += own
        y += many * row
        xx += squares(stop) - squares(begin)
        xy += own * row
    }

    /// The piece of these pixels; nil for one column.
    func piece(_ length: Double, _ thick: Double) -> LinePiece? {
        let (n, x, y) = (Double(n), Double(x), Double(y))
        let spread = n * Double(xx) - x * x
        if spread <= 0 { return nil }
        let slope = (n * Double(xy) - x * y) / spread
        let weight = length / thick * (length / thick)
        return LinePiece(x: x / n + 0.5, y: y / n + 0.5, slope: slope, weight: weight, length: length, thick: thick)
    }

    /// The sum of the squares of 0 .. stop - 1.
    private func squares(_ stop: Int) -> Int { (stop - 1) * stop * (2 * stop - 1) / 6 }
}

/// The slope of a piece's ink on a grey canvas; between the sharpest and its neighbours the peak of a parabola.
///
/// Seen along its true slope, the ink of a line makes the sharpest profile from top to foot: its letters share a foot line
/// and a head line.
func inkSlope(_ piece: LinePiece, _ grey: Pixels) -> Double {
    let slopes = (0...2 * tried).map { piece.slope + Double($0 - tried) / fineness }
    let sharp = slopes.map { sharpness(piece, $0, grey) }
    let best = sharp.indices.max { sharp[$0] < sharp[$1] }!
    if best > 0 && best < 2 * tried {
        let (before, after) = (sharp[best - 1], sharp[best + 1])
        let bow = before - 2 * sharp[best] + after
        if bow < 0 { return slopes[best] + (before - after) / (2 * bow) / fineness }
    }
    return slopes[best]
}

/// The sum of squared steps, from row to row, of the grey along a slope.
private func sharpness(_ piece: LinePiece, _ slope: Double, _ grey: Pixels) -> Double {
    let half = piece.length / 2 + besideLine * piece.thick
    let reach = Int(reachOfLetters * piece.thick) + 1
    let size = 2 * reach + 1
    let last = grey.height - 1
    let columns = max(Int(piece.x - half), 0)..<max(min(Int(piece.x + half) + 1, grey.width), max(Int(piece.x - half), 0))
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: size) { profile in
        profile.initialize(repeating: 0)
        grey.withBytes { source in
            for column in columns {
                let top = Int((slope * (Double(column) + 0.5 - piece.x) + piece.y).rounded(.down)) - reach
                for d in 0..<size {
                    profile[d] &+= Int(source[min(max(top + d, 0), last) * grey.width + column])
                }
            }
        }
        var total = 0
        for d in 1..<size {
            let step = profile[d] - profile[d - 1]
            total += step * step
        }
        return Double(total)
    }
}
