import Foundation

// Ruled lines of a page: thin dark runs on the canvas, found with integers alone (docs/bundle.md, step 5b, "Rules").

private let bits = 16
private let reach = 4
private let contrasts = [20, 32, 48, 72]
private let most = 8
private let dash = 8
private let gap = 4
private let widestBreak = 20
private let drift = 3
private let shortestLevel = 36
private let shortestUpright = 22
private let inside = 8

/// A rule at `at`, v of a level one and u of an upright one, from `start` to `stop`.
struct Rule: Hashable, Comparable {
    let at: Int
    let start: Int
    let stop: Int

    static func < (one: Rule, other: Rule) -> Bool {
        (one.at, one.start, one.stop) < (other.at, other.start, other.stop)
    }
}

/// The level and the upright rules of a page, each sorted.
struct Rules {
    var level: [Rule] = []
    var upright: [Rule] = []
}

/// The slope of text that is tilted by `skew` degrees, with 16 fractional bits.
func slopeOf(_ skew: Double) -> Int { Int((tan(radians(skew)) * Double(1 << bits) + 0.5).rounded(.down)) }

/// How far a shear moves what lies `length` pixels from the edge, rounded.
func shift(_ length: Int, _ slope: Int) -> Int { (length * slope + (1 << (bits - 1))) >> bits }

/// The rules of a grey canvas whose text lines have these boxes; strokes inside the boxes are text.
func findRules(_ grey: Pixels, _ boxes: [UvBox], _ slope: Int) -> Rules {
    var level = sheared(thin(grey, turned: false), -slope)
    var upright = sheared(thin(grey, turned: true), slope)
    clear(&level, boxes, -slope)
    clear(&upright, boxes.map(\.turned), slope)
    return Rules(
        level: rulesIn(level, shortestLevel, -slope).sorted(), upright: rulesIn(upright, shortestUpright, slope).sorted())
}

/// A byte a pixel, 0 or 1, rows from the top.
private struct Mask {
    let width: Int
    let height: Int
    var bits: [UInt8]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        bits = [UInt8](repeating: 0, count: width * height)
    }
}

/// Pixels darker than those ``reach`` above and below, or, `turned` about the diagonal, left and right.
private func thin(_ grey: Pixels, turned: Bool) -> Mask {
    let (width, height) = (grey.width, grey.height)
    var counts = [Int](repeating: 0, count: 256)
    let depth = grey.withBytes { source in
        [UInt8](count: width * height) { out in
            for y in 0..<height {
                let line = source + y * width
                let own = out + y * width
                let above = turned ? line : source + max(y - reach, 0) * width
                let below = turned ? line : source + min(y + reach, height - 1) * width
                let step = turned ? reach : 0
                for x in 0..<width {
                    let paper = min(above[max(x - step, 0)], below[min(x + step, width - 1)])
                    own[x] = paper > line[x] ? paper - line[x] : 0
                }
            }
        }
    }
    for value in depth { counts[Int(value)] += 1 }
    var mask = turned ? Mask(width: height, height: width) : Mask(width: width, height: height)
    let contrast = contrasts.first { least in counts[least...].reduce(0, +) * 100 <= most * width * height }
    guard let contrast = contrast.map(UInt8.init) else { return mask }
    mask.bits.withUnsafeMutableBufferPointer { bits in
        depth.withUnsafeBufferPointer { depth in
            for y in 0..<height {
                let line = y * width
                for x in 0..<width where depth[line + x] >= contrast { bits[turned ? x * height + y : line + x] = 1 }
            }
        }
    }
    return mask
}

/// The mask with column x moved down by `shift(x, slope)`, with rows added so that all of it fits.
private func sheared(_ mask: Mask, _ slope: Int) -> Mask {
    if slope == 0 { return mask }
    let width = mask.width
    let pad = pad(width, slope)
    var result = Mask(width: width, height: mask.height + abs(shift(width - 1, slope)))
    let moved = (0..<width).map { (pad + shift($0, slope)) * width }
    result.bits.withUnsafeMutableBufferPointer { out in
        mask.bits.withUnsafeBufferPointer { bits in
            for y in 0..<mask.height {
                let line = y * width
                for x in 0..<width where bits[line + x] != 0 { out[line + x + moved[x]] = 1 }
            }
        }
    }
    return result
}

private func pad(_ width: Int, _ slope: Int) -> Int { max(-shift(width - 1, slope), 0) }

/// Clears the text of a sheared mask.
private func clear(_ mask: inout Mask, _ boxes: [UvBox], _ slope: Int) {
    let pad = pad(mask.width, slope)
    for box in boxes {
        let less = floored(min(box.width, box.height), by: inside)
        // `across` is sheared already, `along` is not: it is moved by where the box lies across.
        let moved = shift((box.middleV >> 1) - shift(box.middleU >> 1, slope), -slope)
        let first = min(max(box.u0 - moved, 0), mask.width)
        let last = min(max(box.u1 - moved, first), mask.width)
        let top = min(max(box.v0 + less + pad, 0), mask.height)
        let bottom = min(max(box.v1 - less + pad, top), mask.height)
        for y in top..<bottom { for x in first..<last { mask.bits[y * mask.width + x] = 0 } }
    }
}

/// Rules along the rows of a mask that was sheared by `slope`.
private func rulesIn(_ mask: Mask, _ shortest: Int, _ slope: Int) -> [Rule] {
    let pad = pad(mask.width, slope)
    let width = mask.width
    var pieces: [Rule] = []
    var line = [UInt8](repeating: 0, count: width)
    line.withUnsafeMutableBufferPointer { line in
        mask.bits.withUnsafeBufferPointer { bits in
            for y in stride(from: 0, to: mask.height, by: 2) {
                // Three rows at a time, every second one: a rule may drift by a pixel on its way.
                let above = max(y - 1, 0) * width
                let below = min(y + 1, mask.height - 1) * width
                for x in 0..<width { line[x] = bits[y * width + x] | bits[above + x] | bits[below + x] }
                findPieces(UnsafeBufferPointer(line), y - pad, shortest, &pieces)
            }
        }
    }
    return joined(pieces).filter { $0.stop - $0.start >= shortest }.map { rule in
        func onPage(_ t: Int) -> Int { t + shift(rule.at - shift(t, slope), -slope) }
        return Rule(at: rule.at, start: onPage(rule.start), stop: onPage(rule.stop))
    }
}

/// The runs of a row that may be pieces of a rule.
private func findPieces(_ line: UnsafeBufferPointer<UInt8>, _ at: Int, _ shortest: Int, _ pieces: inout [Rule]) {
    var x = 0
    while x < line.count {
        if line[x] == 0 {
            x += 1
            continue
        }
        let start = x
        var stop = x
        var dark = 0
        while x < line.count && x - stop <= gap {
            if line[x] != 0 {
                stop = x + 1
                dark += 1
            }
            x += 1
        }
        let length = stop - start
        // Dots in a long run, or a dash without a hole.
        let dotted = 2 * length >= shortest && 5 * dark >= length
        if length >= dash && (dotted || 5 * dark >= 4 * length) { pieces.append(Rule(at: at, start: start, stop: stop)) }
    }
}

/// A rule that pieces go on from: `at` of its last piece, its ends, and sums over its pieces.
private struct OpenRule {
    var at: Int
    let start: Int
    var stop: Int
    var total: Int
    var length: Int

    init(_ piece: Rule) {
        (at, start, stop) = (piece.at, piece.start, piece.stop)
        length = stop - start
        total = at * length
    }
}

/// Pieces that go on from one another, as one; those beside a longer one are part of it.
private func joined(_ pieces: [Rule]) -> [Rule] {
    var done: [OpenRule] = []
    var near: [OpenRule] = []
    for piece in pieces.sorted(by: { ($0.start, $0.at, $0.stop) < ($1.start, $1.at, $1.stop) }) {
        done += near.filter { piece.start - $0.stop > widestBreak }
        near.removeAll { piece.start - $0.stop > widestBreak }
        let best = near.indices.filter { abs(near[$0].at - piece.at) <= drift }
            .min { abs(near[$0].at - piece.at) < abs(near[$1].at - piece.at) }
        guard let best else {
            near.append(OpenRule(piece))
            continue
        }
        if piece.stop > near[best].stop { (near[best].at, near[best].stop) = (piece.at, piece.stop) }
        near[best].total += piece.at * (piece.stop - piece.start)
        near[best].length += piece.stop - piece.start
    }
    return (done + near).filter { 2 * $0.length >= $0.stop - $0.start }
        .map { Rule(at: floored($0.total, by: $0.length), start: $0.start, stop: $0.stop) }
}
