/// Blocks of a page, and the reading order of its regions.
struct Blocks {
    let root: Block
    /// Regions from left to right, row by row in reading order.
    let rows: [[Int]]
    /// Of each region, from 0 in reading order: rules and gutters part a cell from the rest.
    let cell: [Int]
    /// Of each region, from 0 in reading order, -1 for none.
    let table: [Int]
}

/// Boxes in (u, v) of quads x0 y0 … in canvas pixels.
func uprightBoxes(_ quads: [[Int]], _ slope: Int) -> [UvBox] {
    quads.map { quad in
        let u = (0..<4).map { quad[2 * $0] + shift(quad[2 * $0 + 1], slope) }
        let v = (0..<4).map { quad[2 * $0 + 1] + shift(quad[2 * $0], -slope) }
        return UvBox(u0: u.min()!, v0: v.min()!, u1: u.max()!, v1: v.max()!)
    }
}

/// Those boxes of quads in page pixels, at canvas pixels per page pixel.
func canvasBoxes(_ quads: [Quad], _ scale: Double, _ slope: Int) -> [UvBox] {
    uprightBoxes(quads.map { $0.corners.map { Int((Double($0) * scale + 0.5).rounded(.down)) } }, slope)
}

/// Arranges regions, given their boxes and the rules of their page.
func arrange(_ boxes: [UvBox], _ rules: Rules) -> Blocks {
    if boxes.isEmpty {
        let root = Block(kind: .lines, box: UvBox(u0: 0, v0: 0, u1: 0, v1: 0))
        return Blocks(root: root, rows: [], cell: [], table: [])
    }
    var cutter = Cutter(boxes, rules)
    let root = cutter.page()
    var cell = [Int](repeating: 0, count: boxes.count)
    var table = [Int](repeating: -1, count: boxes.count)
    for (number, part) in root.cells.enumerated() { for index in part.regions { cell[index] = number } }
    for (number, part) in root.tables.enumerated() { for index in part.regions { table[index] = number } }
    return Blocks(root: root, rows: root.allRows, cell: cell, table: table)
}
