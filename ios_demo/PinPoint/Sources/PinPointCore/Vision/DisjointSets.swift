/// Numbers, each a group of its own at first: a union-find whose groups are named by their least.
struct DisjointSets {
    private var above: [Int]

    init(count: Int) { above = Array(0..<count) }

    /// The least number of a number's group.
    mutating func least(_ number: Int) -> Int {
        var at = number
        while above[at] != at {
            above[at] = above[above[at]]
            at = above[at]
        }
        return at
    }

    /// Makes one group of those of two numbers.
    mutating func join(_ number: Int, _ other: Int) {
        let (one, two) = (least(number), least(other))
        above[max(one, two)] = min(one, two)
    }
}
