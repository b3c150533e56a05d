/// Percent of a block that a level rule covers to cut it.
private let spans = 80

/// Percent that an upright one covers.
private let spansUpright = 65

/// Pixels between the two lines of a double rule.
private let double = 8

/// Rows that run across columns: fewer are labelled cells.
private let tableRows = 4
private let across = 60
private let narrow = 30
private let beside = 70
private let deepest = 30

/// Cuts a page into blocks: by grids, ruled lines and white space (docs/bundle.md, step 5b, "Blocks").
///
/// An index from the number of regions on means a grid.
struct Cutter {
    private let count: Int
    private let grids: [Grid]
    private let boxes: [UvBox]
    private var rules: Rules

    /// The regions and grids of each grid that lie in no smaller one; the page is grid -1.
    private var inside: [Int: [Int]] = [:]

    init(_ regions: [UvBox], _ rules: Rules) {
        count = regions.count
        let grids = findGrids(rules, regions)
        self.grids = grids
        boxes = regions + grids.map(\.box)
        let level = Set(grids.flatMap(\.rules.level))
        let upright = Set(grids.flatMap(\.rules.upright))
        self.rules = Rules(
            level: rules.level.filter { !level.contains($0) }, upright: rules.upright.filter { !upright.contains($0) })
        for (index, box) in boxes.enumerated() {
            // A grid lies in an earlier, larger one.
            let outer = grids.prefix(index >= count ? index - count : grids.count)
            inside[innermost(box, outer), default: []].append(index)
        }
    }

    /// The block of the whole page.
    mutating func page() -> Block { block(filled(-1), 0) }

    /// The regions and the grids with a region that lie in a grid.
    private func filled(_ number: Int) -> [Int] {
        (inside[number] ?? []).filter { $0 < count || !regions(in: $0 - count).isEmpty }
    }

    /// The regions in a grid and in the grids in it.
    private func regions(in number: Int) -> [Int] {
        (inside[number] ?? []).flatMap { $0 < count ? [$0] : regions(in: $0 - count) }.sorted()
    }

    /// The block of these regions and grids, cut as long as something cuts it.
    private mutating func block(_ indices: [Int], _ depth: Int) -> Block {
        let first = indices.filter { $0 >= count }.min { one, other in
            let (a, b) = (boxes[one], boxes[other])
            return a.v0 != b.v0 ? a.v0 < b.v0 : a < b
        }
        if let first {
            if goesOnBeside(first, indices) { return block(withoutGrid(indices, first), depth) }
            return aroundGrid(indices, first, depth)
        }
        if indices.count > 1 && depth < deepest {
            if let found = byLevel(indices, depth) { return found }
            if let found = byUpright(indices, depth) { return found }
            if let found = byGutter(indices, depth) { return found }
            if let found = byGap(indices, depth) { return found }
        }
        return Block(kind: .lines, box: bounds(boxes, indices), rows: rowsOf(boxes, indices))
    }

    /// Whether the rows of a grid go on beside it, as those of amounts beside a form's lines.
    private func goesOnBeside(_ grid: Int, _ indices: [Int]) -> Bool {
        let box = boxes[grid]
        let inner = regions(in: grid - count)
        let outer = indices.filter { $0 < count && (2 * box.v0...2 * box.v1).contains(boxes[$0].middleV) }
        if outer.isEmpty { return false }
        let together = alignedRows(boxes, rowsOf(boxes, (inner + outer).sorted()), [inner, outer])
        let fewer = min(rowsOf(boxes, inner).count, rowsOf(boxes, outer).count)
        return together >= tableRows && 100 * together >= beside * fewer
    }

    /// Takes a grid for loose rules, and the regions in it for regions beside the others.
    private mutating func withoutGrid(_ indices: [Int], _ grid: Int) -> [Int] {
        let own = grids[grid - count].rules
        rules = Rules(level: (rules.level + own.level).sorted(), upright: (rules.upright + own.upright).sorted())
        return (indices.filter { $0 != grid } + filled(grid - count)).sorted()
    }

    /// A grid with the parts above it, left, right and below, in this order.
    private mutating func aroundGrid(_ indices: [Int], _ grid: Int, _ depth: Int) -> Block {
        let around = boxes[grid]
        let others = indices.filter { $0 != grid }
        let above = others.filter { boxes[$0].middleV < 2 * around.v0 }
        let below = others.filter { boxes[$0].middleV > 2 * around.v1 }
        let level = others.filter { 2 * around.v0 <= boxes[$0].middleV && boxes[$0].middleV <= 2 * around.v1 }
        let left = level.filter { boxes[$0].middleU < around.middleU }
        let right = level.filter { boxes[$0].middleU >= around.middleU }
        let outer = rules
        rules = grids[grid - count].rules
        let inner = Block(kind: .grid, box: around, children: [block(filled(grid - count), depth + 1)])
        rules = outer
        let row = part(left, depth) + [inner] + part(right, depth)
        let middle = Block(kind: .columns, box: bounds(boxes, [grid] + left + right), children: row)
        let kept = part(above, depth) + [row.count > 1 ? middle : inner] + part(below, depth)
        return kept.count > 1 ? Block(kind: .stack, box: bounds(boxes, indices), children: kept) : kept[0]
    }

    private mutating func part(_ indices: [Int], _ depth: Int) -> [Block] {
        indices.isEmpty ? [] : [block(indices, depth + 1)]
    }

    /// Regions between the cuts, by their middles; empty parts are left out.
    private func parts(_ indices: [Int], _ cuts: [Int], _ axis: Axis) -> [[Int]] {
        var parts = [[Int]](repeating: [], count: cuts.count + 1)
        for index in indices { parts[cuts.count { 2 * $0 <= boxes[index].middle(axis) }].append(index) }
        return parts.filter { !$0.isEmpty }
    }

    private mutating func byLevel(_ indices: [Int], _ depth: Int) -> Block? {
        var parts = parts(indices, ruleCuts(indices, rules.level, .v, spans), .v)
        if parts.count < 2 { return nil }
        var children: [Block] = []
        for part in parts { children.append(block(part, depth + 1)) }
        for number in stride(from: children.count - 1, to: 0, by: -1) { takeHeader(&children, &parts, number, depth) }
        let found = withTables(children)
        return found.count > 1 ? Block(kind: .stack, box: bounds(boxes, indices), children: found) : found[0]
    }

    /// Gives a table whose columns go on above the rule the row that lies there.
    private mutating func takeHeader(_ children: inout [Block], _ parts: inout [[Int]], _ number: Int, _ depth: Int) {
        let table = children[number]
        let above = parts[number - 1]
        if table.kind != .table || !table.children.isEmpty { return }
        let header = rowsOf(boxes, above).last!
        if header.count < 2 || header.count > table.rows.map(\.count).max()! { return }
        let cuts = ruleCuts(parts[number], rules.upright, .u, spansUpright)
        let middle = bounds(boxes, header).middleV
        let reaching = rules.upright.filter { 2 * $0.start <= middle && middle <= 2 * $0.stop }
        if !reaching.contains(where: { rule in cuts.contains { (0...double).contains(rule.at - $0) } }) { return }
        let around = bounds(boxes, header + parts[number])
        children[number] = Block(kind: .table, box: around, rows: [header] + table.rows)
        let left = above.filter { !header.contains($0) }
        if left.isEmpty {
            children.remove(at: number - 1)
            parts.remove(at: number - 1)
        } else {
            children[number - 1] = block(left, depth + 1)
        }
    }

    private mutating func byUpright(_ indices: [Int], _ depth: Int) -> Block? {
        let box = bounds(boxes, indices)
        let parts = parts(indices, ruleCuts(indices, rules.upright, .u, spansUpright), .u)
        if parts.count < 2 { return nil }
        let level = Set(levelText(boxes, indices))
        if runsAcross(rowsOf(boxes, level.sorted()), parts.map { $0.filter(level.contains) }, box) {
            return Block(kind: .table, box: box, rows: rowsOf(boxes, indices))
        }
        var children: [Block] = []
        for part in parts { children.append(block(part, depth + 1)) }
        return Block(kind: .strip, box: box, children: children)
    }

    /// Whether rows are read across upright rules: most do, or narrow parts lie beside one.
    private func runsAcross(_ rows: [[Int]], _ parts: [[Int]], _ box: UvBox) -> Bool {
        if rows.count < tableRows || parts.contains(where: \.isEmpty) { return false }
        let level = alignedRows(boxes, rows, parts)
        if level >= tableRows && 100 * level >= across * rows.count { return true }
        let widths = parts.map { bounds(boxes, $0).width }
        let widest = widths.indices.max { widths[$0] < widths[$1] }!
        return parts.indices.allSatisfy { number in
            if number == widest { return true }
            let own = rowsOf(boxes, parts[number])
            let together = alignedRows(boxes, rows, [parts[widest], parts[number]])
            return 100 * widths[number] <= narrow * box.width && 100 * together >= beside * own.count
        }
    }

    private mutating func byGutter(_ indices: [Int], _ depth: Int) -> Block? {
        let tall = medianHeight(boxes, indices)
        let found = gaps(boxes, indices, .u).filter { $0.length >= tall }
        // All gutters at once, else the widest alone.
        let widest = Array(found.sorted { $0.isWider(than: $1) }.prefix(1))
        for chosen in (2...3).contains(found.count) ? [found, widest] : [widest] {
            let parts = parts(indices, chosen.map(\.middle), .u)
            let width = chosen.map(\.length).min() ?? 0
            if parts.count > 1 && areSideBySide(boxes, parts, gutter: width, tall: tall) {
                var children: [Block] = []
                for part in parts { children.append(block(part, depth + 1)) }
                return Block(kind: .columns, box: bounds(boxes, indices), children: children)
            }
        }
        return nil
    }

    private mutating func byGap(_ indices: [Int], _ depth: Int) -> Block? {
        let tall = medianHeight(boxes, indices)
        let found = gaps(boxes, indices, .v).filter { 4 * $0.length >= 3 * tall }
        guard let most = found.map(\.length).max() else { return nil }
        let cuts = found.filter { 10 * $0.length >= 7 * most }.map(\.middle)
        var children: [Block] = []
        for part in parts(indices, cuts, .v) { children.append(block(part, depth + 1)) }
        return Block(kind: .spaced, box: bounds(boxes, indices), children: children)
    }

    /// Where rules across `axis` cut the regions: one place for each rule, or double rule.
    private func ruleCuts(_ indices: [Int], _ rules: [Rule], _ axis: Axis, _ percent: Int) -> [Int] {
        let box = bounds(boxes, indices)
        let (first, last) = (box.low(axis.other), box.high(axis.other))
        let near = rules.filter { box.low(axis) < $0.at && $0.at < box.high(axis) }
        var cuts: [Int] = []
        for rule in near {
            if let cut = cuts.last, rule.at - cut <= double { continue }
            let beside = near.filter { (0...double).contains($0.at - rule.at) }
            let covered = coveredLength(beside.map { Extent(start: $0.start, stop: $0.stop) }, first, last)
            if 100 * covered >= percent * (last - first) && !crosses(indices, rule.at, axis) { cuts.append(rule.at) }
        }
        return cuts
    }

    /// Whether a place lies in the middle half of a region.
    private func crosses(_ indices: [Int], _ at: Int, _ axis: Axis) -> Bool {
        indices.contains { index in
            let (low, high) = (boxes[index].low(axis), boxes[index].high(axis))
            return 4 * low + (high - low) < 4 * at && 4 * at < 4 * high - (high - low)
        }
    }
}
