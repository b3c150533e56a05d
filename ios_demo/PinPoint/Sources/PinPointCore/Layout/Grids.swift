/// Pixels that rules of one grid may be apart.
private let touch = 8

/// Rules that touch each other, and the box around them.
struct Grid {
    let box: UvBox
    let rules: Rules
}

/// The groups of rules that touch, three or more, of both directions, around two regions or more; by falling area.
func findGrids(_ rules: Rules, _ regions: [UvBox]) -> [Grid] {
    let levels = rules.level.count
    let all = rules.level + rules.upright
    var touching = DisjointSets(count: all.count)
    func isNear(_ one: Rule, _ other: Rule) -> Bool { one.at >= other.start - touch && one.at <= other.stop + touch }
    for number in 0..<levels {
        for other in levels..<all.count where isNear(all[number], all[other]) && isNear(all[other], all[number]) {
            touching.join(number, other)
        }
    }
    var groups: [Int: [Int]] = [:]
    for number in all.indices { groups[touching.least(number), default: []].append(number) }
    let grids = groups.sorted { $0.key < $1.key }.compactMap { _, own -> Grid? in
        let level = own.filter { $0 < levels }.map { all[$0] }
        let upright = own.filter { $0 >= levels }.map { all[$0] }
        if level.isEmpty || upright.isEmpty || own.count < 3 { return nil }
        let u = upright.map(\.at) + level.flatMap { [$0.start, $0.stop] }
        let v = level.map(\.at) + upright.flatMap { [$0.start, $0.stop] }
        let box = UvBox(u0: u.min()!, v0: v.min()!, u1: u.max()!, v1: v.max()!)
        if regions.count(where: { box.holdsMiddle(of: $0) }) < 2 { return nil }
        return Grid(box: box, rules: Rules(level: level, upright: upright))
    }
    return grids.sorted { one, other in
        let (large, small) = (one.box.width * one.box.height, other.box.width * other.box.height)
        return large != small ? large > small : one.box < other.box
    }
}

/// The number of the last of these grids that holds the middle of a box, -1 for none.
func innermost(_ box: UvBox, _ grids: some BidirectionalCollection<Grid>) -> Int {
    var number = grids.count - 1
    for grid in grids.reversed() {
        if grid.box.holdsMiddle(of: box) { return number }
        number -= 1
    }
    return -1
}
