// Rows, gaps and columns of boxes, in integers: the evidence for cuts (docs/bundle.md, step 5b).

private let proseLines = 3
private let proseFill = 60
private let proseLength = 8
private let blockLines = 2
private let blockLength = 4
private let blockGutter = 4
private let pitch = 18

/// How much of first to last the spans cover together.
func coveredLength(_ spans: [Extent], _ first: Int, _ last: Int) -> Int {
    var covered = 0
    var end = first
    for span in spans.sorted() {
        let from = max(span.start, end)
        let to = min(span.stop, last)
        if to > from {
            covered += to - from
            end = to
        }
    }
    return covered
}

/// Regions but those much higher than others and than wide: text that runs down.
func levelText(_ boxes: [UvBox], _ indices: [Int]) -> [Int] {
    let tall = 3 * medianHeight(boxes, indices)
    return indices.filter { boxes[$0].height <= boxes[$0].width || 2 * boxes[$0].height <= tall }
}

/// Empty spans along an axis between boxes that lose an eighth of their height at both ends.
func gaps(_ boxes: [UvBox], _ indices: [Int], _ axis: Axis) -> [Extent] {
    let spans = indices.map { index in
        let shrunk = floored(boxes[index].height, by: 8)
        let low = boxes[index].low(axis) + shrunk
        return Extent(start: low, stop: max(boxes[index].high(axis) - shrunk, low))
    }.sorted()
    var found: [Extent] = []
    var end = spans[0].stop
    for span in spans {
        if span.start > end { found.append(Extent(start: end, stop: span.start)) }
        end = max(end, span.stop)
    }
    return found
}

/// Rows from top to bottom, each from left to right.
func rowsOf(_ boxes: [UvBox], _ indices: [Int]) -> [[Int]] {
    let cap = 3 * medianHeight(boxes, indices) / 2
    var rows: [[Int]] = []
    let byLeft = indices.sorted { one, other in
        let (a, b) = (boxes[one], boxes[other])
        if a.u0 != b.u0 { return a.u0 < b.u0 }
        if a.middleV != b.middleV { return a.middleV < b.middleV }
        return a != b ? a < b : one < other
    }
    for index in byLeft {
        let box = boxes[index]
        var best: Int?
        var nearest = 0
        for (number, row) in rows.enumerated() {
            let last = boxes[row.last!]
            let gap = abs(box.middleV - last.middleV)
            let (own, other) = (min(box.height, cap), min(last.height, cap))
            let shared = own + other - gap  // doubled
            let overlap = last.u1 - box.u0
            guard shared >= min(own, other), 2 * overlap <= min(box.width, last.width) else { continue }
            if let best, gap > nearest || (gap == nearest && last.middleV >= boxes[rows[best].last!].middleV) { continue }
            best = number
            nearest = gap
        }
        if let best { rows[best].append(index) } else { rows.append([index]) }
    }
    // Sixteenths of a pixel are enough, and no host rounds them otherwise.
    let means = rows.map { row in floored(8 * row.reduce(0) { $0 + boxes[$1].middleV }, by: row.count) }
    let order = rows.indices.sorted { one, other in
        let (a, b) = (rows[one][0], rows[other][0])
        if means[one] != means[other] { return means[one] < means[other] }
        return boxes[a] != boxes[b] ? boxes[a] < boxes[b] : a < b
    }
    return order.map { rows[$0] }
}

/// How many rows have regions of two parts whose middles are a quarter of a height apart.
func alignedRows(_ boxes: [UvBox], _ rows: [[Int]], _ parts: [[Int]]) -> Int {
    var partOf: [Int: Int] = [:]
    for (number, part) in parts.enumerated() { for index in part { partOf[index] = number } }
    return rows.count { row in
        let own = row.filter { partOf[$0] != nil }
        return zip(own, own.dropFirst()).contains { partOf[$0] != partOf[$1] && isLevel(boxes[$0], boxes[$1]) }
    }
}

private func isLevel(_ first: UvBox, _ second: UvBox) -> Bool {
    2 * abs(first.middleV - second.middleV) <= max(first.height, second.height)
}

/// Whether parts left and right of a gutter are read one after the other, not row by row.
func areSideBySide(_ boxes: [UvBox], _ parts: [[Int]], gutter: Int, tall: Int) -> Bool {
    let lines = parts.map { rowsOf(boxes, $0) }
    if zip(lines, parts).allSatisfy({ isProse(boxes, $0, bounds(boxes, $1)) }) { return true }
    if lines.contains(where: { $0.count < blockLines }) { return false }
    let across = rowsOf(boxes, parts.flatMap { $0 })
    if 2 * alignedRows(boxes, across, parts) < lines.map(\.count).min()! { return true }
    return lines.allSatisfy { rows in
        rows.allSatisfy { $0.count == 1 } && isFlush(boxes, rows, tall) && isTight(boxes, rows)
    } && parts.allSatisfy { part in part.map { boxes[$0].width }.max()! >= blockLength * tall }
        && gutter >= blockGutter * tall
}

private func isProse(_ boxes: [UvBox], _ rows: [[Int]], _ around: UvBox) -> Bool {
    if rows.count < proseLines { return false }
    let widths = rows.map { boxes[$0.last!].u1 - boxes[$0[0]].u0 }.sorted()
    let tall = medianHeight(boxes, rows.flatMap { $0 })
    let usual = widths[(widths.count - 1) / 2]
    return 100 * usual >= proseFill * around.width && usual >= proseLength * tall && isTight(boxes, rows)
}

private func isFlush(_ boxes: [UvBox], _ rows: [[Int]], _ tall: Int) -> Bool {
    let lefts = rows.map { boxes[$0[0]].u0 }
    return 3 * (lefts.max()! - lefts.min()!) <= tall
}

/// Whether most rows follow the one before at a paragraph's pitch.
private func isTight(_ boxes: [UvBox], _ rows: [[Int]]) -> Bool {
    let steps = zip(rows, rows.dropFirst()).count { row, after in
        let (first, second) = (boxes[row[0]], boxes[after[0]])
        return 10 * (second.middleV - first.middleV) <= 2 * pitch * max(first.height, second.height)
    }
    return 4 * steps >= 3 * (rows.count - 1)
}
