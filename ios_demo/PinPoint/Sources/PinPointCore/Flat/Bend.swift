// Bent pages made flat: seen from the side, bowed, folded (docs/bundle.md, step 4d).
//
// Every column of a bent page is moved and stretched up and down, so that the lines of its text become straight and
// parallel; nothing moves sideways. The page's own tilt stays.

/// Pieces that show a bend.
private let fewest = 8

/// Times: how much more the field bends than the pieces scatter around it.
private let clear = 3.0

/// Of a line's height: over half of the page, and between the most raised and the most lowered piece.
private let hint = 0.1
private let leastBend = 0.25

/// One piece of so many, at either end, may be wrong.
private let outside = 50

/// From anywhere to the middle of the page.
private let steps = 32

/// Heights of a line that are kept above and below the text.
private let margin = 2.0

/// Page pixels between the places of a bend's grid; fractional bits of a place, and of one between the nodes.
private let node = 32
private let fraction = 256.0
private let bits = 20

/// How a flat page of `width` x `height` lies on the bent one.
struct Bend: Sendable {
    /// Row by row, where the point (32 i, 32 j) of the flat page lies up and down on the bent one, in 1/256 pixels.
    let places: [[Int]]
    let width: Int
    let height: Int

    /// The flat page of a bent one, in integers: a pixel is taken between two pixels of its own column.
    func flatten(_ image: Pixels) -> Pixels {
        let channels = image.channels
        let stride = image.width * channels
        let last = image.height - 1
        let bytes = image.withBytes { source in
            [UInt8](count: width * height * channels) { start in
                var out = start
                var (upper, lower): ([Int], [Int]) = ([], [])
                for y in 0..<height {
                    let down = 2 * (y % node) + 1
                    if y % node == 0 {
                        upper = across(places[y / node])
                        lower = across(places[y / node + 1])
                    }
                    for x in 0..<width {
                        let place = upper[x] * (2 * node - down) + lower[x] * down - (1 << (bits - 1))
                        let row = place >> bits
                        let weight = (place >> (bits - 8)) & 255
                        let above = source + min(max(row, 0), last) * stride + x * channels
                        let below = source + min(max(row + 1, 0), last) * stride + x * channels
                        for c in 0..<channels {
                            let value = Int(above[c]) &* (256 &- weight) &+ Int(below[c]) &* weight &+ 128
                            out[c] = UInt8(truncatingIfNeeded: value >> 8)
                        }
                        out += channels
                    }
                }
            }
        }
        return Pixels(width, height, channels, bytes)
    }

    /// The places of a row of nodes at the middle of each pixel.
    private func across(_ nodes: [Int]) -> [Int] {
        (0..<width).map { x in
            let right = 2 * (x % node) + 1
            return nodes[x / node] * (2 * node - right) + nodes[x / node + 1] * right
        }
    }

    /// This bend of a page that `first` made flatter, as one bend of the page it came from.
    func of(_ first: Bend) -> Bend {
        let through = places.map { row in
            row.enumerated().map { i, place in
                Int((first.toBent(Double(i * node), Double(place) / fraction) * fraction + 0.5).rounded(.down))
            }
        }
        return Bend(places: through, width: width, height: height)
    }

    /// Where a point of the flat page lies up and down on the bent one.
    func toBent(_ x: Double, _ y: Double) -> Double {
        let (column, row) = (x / Double(node), y / Double(node))
        let i = min(max(Int(column.rounded(.down)), 0), places[0].count - 2)
        let j = min(max(Int(row.rounded(.down)), 0), places.count - 2)
        let (right, down) = (column - Double(i), row - Double(j))
        let upper = Double(places[j][i]) * (1 - right) + Double(places[j][i + 1]) * right
        let lower = Double(places[j + 1][i]) * (1 - right) + Double(places[j + 1][i + 1]) * right
        return (upper * (1 - down) + lower * down) / fraction
    }
}

/// Finds how the page on a canvas is bent whose text map has these components; nil if it is not.
///
/// `tall`: the height of a line of its text in canvas pixels. The field of slopes of the map shows whether a page may be
/// bent, at next to no cost; the field of slopes of the ink decides.
func findBend(_ components: [Component], _ canvas: Canvas, _ tall: Double, _ pageWidth: Int) -> Bend? {
    var pieces = findPieces(components)
    if pieces.count < fewest { return nil }
    let middle = Double(canvas.usedWidth) / 2
    if bent(pieces, fitSlopes(pieces, canvas.usedWidth, canvas.usedHeight)) * middle <= hint * tall { return nil }
    for n in pieces.indices { pieces[n].slope = inkSlope(pieces[n], canvas.grey) }
    let field = fitSlopes(pieces, canvas.usedWidth, canvas.usedHeight)
    if bent(pieces, field) == 0 { return nil }
    let level = field.level
    // Where the pieces lie on the flat page.
    let flat = pieces.map { trace(field, $0.x, $0.y, to: middle) + level * ($0.x - middle) }
    let moved = zip(pieces, flat).map { $0.y - $1 }.sorted()
    let left = moved.count / outside
    if moved[moved.count - 1 - left] - moved[left] < leastBend * tall { return nil }
    let top = min(0, flat.min()! - margin * tall)
    let foot = max(Double(canvas.usedHeight), flat.max()! + margin * tall)
    let height = Int(((foot - top) / canvas.scale + 0.5).rounded(.down))
    let step = Double(node) * canvas.scale
    let places = (0..<height / node + 2).map { j in
        (0..<pageWidth / node + 2).map { i in
            let x = Double(i) * step
            let start = Double(j) * step + top - level * (x - middle)
            return Int((trace(field, middle, start, to: x) / canvas.scale * fraction + 0.5).rounded(.down))
        }
    }
    return Bend(places: places, width: pageWidth, height: height)
}

/// How far a page is bent, in slope: the root of the weighted mean square of the field's difference from the page's slope.
///
/// 0 when it is less than ``clear`` times the scatter of the pieces around the field.
private func bent(_ pieces: [LinePiece], _ field: SlopeField) -> Double {
    let level = field.level
    let fitted = pieces.map { field.at($0.x, $0.y) }
    let apart = zip(pieces, fitted).map { abs($0.slope - $1) }
    let squares = zip(pieces, fitted).reduce(0) { $0 + $1.0.weight * (($1.1 - level) * ($1.1 - level)) }
    let weights = pieces.map(\.weight)
    let root = (squares / weights.reduce(0, +)).squareRoot()
    return root >= clear * firstAtHalf(apart, weights) ? root : 0
}

/// Follows the slopes of a field from a point to the column `stop`: the y reached, by the midpoint method.
private func trace(_ field: SlopeField, _ x: Double, _ y: Double, to stop: Double) -> Double {
    let step = (stop - x) / Double(steps)
    var reached = y
    for number in 0..<steps {
        let at = x + Double(number) * step
        let half = reached + field.at(at, reached) * (step / 2)
        reached += field.at(at + step / 2, half) * step
    }
    return reached
}
