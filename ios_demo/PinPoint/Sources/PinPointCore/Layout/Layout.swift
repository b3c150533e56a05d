/// Most regions of a cell that are read together.
private let mostOfCell = 8

/// How the regions of a page lie, by their places in reading order.
struct Layout: Sendable {
    /// Of places, each from left to right.
    let rows: [[Int]]
    /// Of each region, see ``Blocks``; all 0 by "rows".
    let cell: [Int]
    /// Likewise; all -1 by "rows".
    let table: [Int]
    /// (N, 4): x-centre, y-centre, width and height of each region in the deskewed page, by the page's size.
    let geometry: [Float]
    /// Of each region, where several documents lie side by side on the page; none for one.
    var document: [Int] = []

    /// The geometry (N, 4) of the cell around each region.
    func cells() -> [Float] {
        var around: [Int: Box] = [:]
        for (i, own) in cell.enumerated() {
            let g = geometry[4 * i..<4 * i + 4].map(Double.init)
            let box = Box(x0: g[0] - g[2] / 2, y0: g[1] - g[3] / 2, x1: g[0] + g[2] / 2, y1: g[1] + g[3] / 2)
            let before = around[own] ?? box
            around[own] = Box(
                x0: min(before.x0, box.x0), y0: min(before.y0, box.y0), x1: max(before.x1, box.x1),
                y1: max(before.y1, box.y1))
        }
        return cell.flatMap { place(of: around[$0]!, 1, 1) }
    }

    /// The regions that explain one: those of its cell, or its row and its column's header.
    ///
    /// A page of one cell, or a cell of more regions than ``mostOfCell``, says nothing.
    func companions(_ place: Int) -> [Int] {
        if table[place] < 0 {
            let own = cell.indices.filter { cell[$0] == cell[place] }
            return cell.contains { $0 != 0 } && own.count <= mostOfCell ? own : []
        }
        let first = rows.first { $0.contains(place) }![0]
        let (x, width) = (geometry[4 * place], geometry[4 * place + 2])
        let header = table.indices.first { other in
            table[other] == table[place] && 2 * abs(x - geometry[4 * other]) < width + geometry[4 * other + 2]
        }
        return [first] + (header.map { [$0] } ?? [])
    }
}

/// A page's regions in reading order, and how they lie.
typealias LaidOut = (regions: [Region], layout: Layout)

/// Brings the regions of a page into reading order, document by document; `by`: "rows" or "layout".
func layOut(_ found: [Region], _ canvas: Canvas, _ pageWidth: Int, _ pageHeight: Int, by order: String) -> LaidOut {
    let skew = estimateSkew(found)
    let parts = documentsOf(found, canvas, skew).map { document in
        layOutOne(document.map { found[$0] }, canvas, pageWidth, pageHeight, order, skew)
    }
    return parts.count == 1 ? parts[0] : (parts.flatMap(\.regions), together(parts.map(\.layout)))
}

/// The documents of a page; its rules are only looked for where there may be several.
private func documentsOf(_ found: [Region], _ canvas: Canvas, _ skew: Double) -> [[Int]] {
    let slope = slopeOf(skew)
    let boxes = canvasBoxes(found.map(\.quad), canvas.scale, slope)
    let documents = findDocuments(boxes, [])
    return documents.count == 1 ? documents : findDocuments(boxes, findRules(canvas.grey, boxes, slope).level)
}

/// The layouts of a page's documents as one.
private func together(_ layouts: [Layout]) -> Layout {
    var rows: [[Int]] = []
    var (cell, table, document): ([Int], [Int], [Int]) = ([], [], [])
    for (number, own) in layouts.enumerated() {
        let places = cell.count
        let (cells, tables) = ((cell.max() ?? -1) + 1, (table.max() ?? -1) + 1)
        rows += own.rows.map { row in row.map { $0 + places } }
        cell += own.cell.map { $0 + cells }
        table += own.table.map { $0 < 0 ? -1 : $0 + tables }
        document += own.cell.map { _ in number }
    }
    let geometry = framed(layouts.flatMap(\.geometry), document)
    return Layout(rows: rows, cell: cell, table: table, geometry: geometry, document: document)
}

/// Brings the regions of one document into reading order.
private func layOutOne(
    _ found: [Region], _ canvas: Canvas, _ pageWidth: Int, _ pageHeight: Int, _ order: String, _ skew: Double
) -> LaidOut {
    var blocks: Blocks?
    if order != "rows" {
        let slope = slopeOf(skew)
        let boxes = canvasBoxes(found.map(\.quad), canvas.scale, slope)
        blocks = arrange(boxes, boxes.isEmpty ? Rules() : findRules(canvas.grey, boxes, slope))
    }
    let rows = blocks?.rows ?? readingOrder(found, skew)
    let places = rows.flatMap { $0 }
    let regions = places.map { found[$0] }
    var next = 0
    let layout = Layout(
        rows: rows.map { row in
            defer { next += row.count }
            return Array(next..<next + row.count)
        },
        cell: places.map { blocks?.cell[$0] ?? 0 }, table: places.map { blocks?.table[$0] ?? -1 },
        geometry: geometry(regions, pageWidth, pageHeight, skew))
    return (regions, layout)
}

/// The page's tilt in degrees, in (-45, 45]; positive is clockwise.
func estimateSkew(_ regions: [Region]) -> Double {
    let long = regions.map(\.quad.doubles).filter { textWidth($0) > lineLength * textHeight($0) }
    return weightedMedian(long.map { folded(textAngle($0)) }, long.map(textWidth))
}

/// The rows of a page across its whole width, top to bottom, each from left to right (docs/bundle.md, step 5).
func readingOrder(_ regions: [Region], _ skew: Double) -> [[Int]] {
    if regions.isEmpty { return [] }
    let boxes = regions.map { boundsOf(rotated($0.quad.doubles, -skew)) }
    let cap = 1.5 * median(boxes.map(\.height))
    let middle = boxes.map { ($0.y0 + $0.y1) / 2 }
    let height = boxes.map { min($0.height, cap) }
    var rows: [[Int]] = []
    for index in boxes.indices.sorted(by: { (boxes[$0].x0, middle[$0]) < (boxes[$1].x0, middle[$1]) }) {
        let box = boxes[index]
        var nearest = Double.infinity
        var best: Int?
        for (number, row) in rows.enumerated() {
            let last = row.last!
            let gap = abs(middle[index] - middle[last])
            let shared = (height[index] + height[last]) / 2 - gap
            let isStacked = boxes[last].x1 - box.x0 > 0.5 * min(box.width, boxes[last].width)
            if shared >= 0.5 * min(height[index], height[last]) && !isStacked && gap < nearest {
                nearest = gap
                best = number
            }
        }
        if let best { rows[best].append(index) } else { rows.append([index]) }
    }
    let means = rows.map { row in row.reduce(0) { $0 + middle[$1] } / Double(row.count) }
    return rows.indices.sorted { means[$0] < means[$1] }.map { rows[$0] }
}

/// The places of regions (N, 4), measured in the page turned by -`skew` degrees about its centre.
func geometry(_ regions: [Region], _ pageWidth: Int, _ pageHeight: Int, _ skew: Double) -> [Float] {
    let (width, height) = (Double(pageWidth), Double(pageHeight))
    return regions.flatMap { place(of: boundsOf(rotated($0.quad.doubles, -skew, width / 2, height / 2)), width, height) }
}

private func place(of box: Box, _ width: Double, _ height: Double) -> [Float] {
    [
        Float((box.x0 + box.x1) / 2 / width), Float((box.y0 + box.y1) / 2 / height), Float((box.x1 - box.x0) / width),
        Float((box.y1 - box.y0) / height),
    ]
}

/// The angle of the same line in (-45, 45], whichever way it is read.
private func folded(_ angle: Double) -> Double {
    let positive = (angle.truncatingRemainder(dividingBy: 90) + 90).truncatingRemainder(dividingBy: 90)
    return positive > 45 ? positive - 90 : positive
}
