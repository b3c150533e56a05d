/// Most lines of a cell in a row of a table.
private let cellLines = 3

/// The kinds of blocks.
enum BlockKind: String {
    /// Cut by rules, from top to bottom.
    case stack
    /// Cut by gaps, from top to bottom.
    case spaced
    /// Cells from left to right.
    case strip
    /// Columns from left to right.
    case columns
    /// Rules around one child.
    case grid
    /// Rows run across; the children are the rows, or there are none.
    case table
    /// Lines of text.
    case lines
}

/// A part of a page: `children` in reading order, or the `rows` of a leaf's regions.
struct Block {
    let kind: BlockKind
    let box: UvBox
    var children: [Block] = []
    var rows: [[Int]] = []

    /// Its regions in reading order.
    var regions: [Int] { rows.flatMap { $0 } + children.flatMap(\.regions) }

    /// Its rows in reading order; a row of a ruled table holds its cells one after the other.
    var allRows: [[Int]] {
        if children.isEmpty { return rows }
        if mostLines == 1 { return [regions] }
        return kind == .table ? children.map(\.regions) : children.flatMap(\.allRows)
    }

    /// The tables in it that lie in no other, in reading order.
    var tables: [Block] { kind == .table ? [self] : children.flatMap(\.tables) }

    /// The smallest blocks in it that rules and gutters part, in reading order.
    var cells: [Block] {
        let inner = children.map(\.cells)
        let isWhole = kind == .spaced || kind == .lines
        if inner.isEmpty || (isWhole && inner.allSatisfy { $0.count == 1 }) { return [self] }
        return inner.flatMap { $0 }
    }

    /// The lines of the longest cell of a strip; more than any table has for another block.
    fileprivate var mostLines: Int {
        if kind != .strip || children.contains(where: { $0.kind != .lines }) { return cellLines + 1 }
        return children.map(\.rows.count).max()!
    }
}

/// The children of a stack with the rows of tables that follow each other as one table.
func withTables(_ children: [Block]) -> [Block] {
    let isRow = tableRows(children)
    var found: [Block] = []
    for (start, block) in children.enumerated() {
        if !isRow[start] {
            found.append(block)
        } else if start == 0 || !isRow[start - 1] {
            let stop = (start..<children.count).first { !isRow[$0] } ?? children.count
            let rows = Array(children[start..<stop])
            found.append(Block(kind: .table, box: bounds(rows.map(\.box), rows.indices), children: rows))
        }
    }
    return found
}

/// Which children of a stack are rows of a table.
private func tableRows(_ children: [Block]) -> [Bool] {
    let lines = children.map(\.mostLines)
    let cells = children.map(\.children.count)
    var isRow = lines.map { $0 == 1 }
    for number in children.indices where cells[number] > 2 && lines[number] <= cellLines {
        let beside = [number - 1, number + 1].filter(lines.indices.contains)
        if beside.contains(where: { lines[$0] == 1 && cells[$0] == cells[number] }) { isRow[number] = true }
    }
    let certain = isRow.indices.filter { isRow[$0] }
    for (before, after) in zip(certain, certain.dropFirst())
    where (before + 1..<after).allSatisfy({ children[$0].regions.count == 1 }) {
        for number in before..<after { isRow[number] = true }
    }
    return isRow
}
