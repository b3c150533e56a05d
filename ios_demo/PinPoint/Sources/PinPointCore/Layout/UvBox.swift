/// A box in (u, v): level and upright as the text is.
struct UvBox: Equatable, Comparable {
    var u0: Int
    var v0: Int
    var u1: Int
    var v1: Int

    var width: Int { u1 - u0 }
    var height: Int { v1 - v0 }

    /// The middle, doubled.
    var middleU: Int { u0 + u1 }
    var middleV: Int { v0 + v1 }

    func low(_ axis: Axis) -> Int { axis == .u ? u0 : v0 }

    func high(_ axis: Axis) -> Int { axis == .u ? u1 : v1 }

    func middle(_ axis: Axis) -> Int { axis == .u ? middleU : middleV }

    /// The box with u and v changed.
    var turned: UvBox { UvBox(u0: v0, v0: u0, u1: v1, v1: u1) }

    static func < (one: UvBox, other: UvBox) -> Bool {
        (one.u0, one.v0, one.u1, one.v1) < (other.u0, other.v0, other.u1, other.v1)
    }

    /// Whether the middle of a box lies in this one, edges included.
    func holdsMiddle(of box: UvBox) -> Bool {
        2 * u0 <= box.middleU && box.middleU <= 2 * u1 && 2 * v0 <= box.middleV && box.middleV <= 2 * v1
    }
}

enum Axis {
    case u
    case v

    var other: Axis { self == .u ? .v : .u }
}

/// From a start to a stop.
struct Extent: Equatable, Comparable {
    let start: Int
    let stop: Int

    var length: Int { stop - start }
    var middle: Int { (start + stop) >> 1 }

    static func < (one: Extent, other: Extent) -> Bool { (one.start, one.stop) < (other.start, other.stop) }

    /// Whether it is wider than another, or as wide and farther left.
    func isWider(than other: Extent) -> Bool { (-length, start) < (-other.length, other.start) }
}

/// Division of integers that rounds down, also below zero.
func floored(_ value: Int, by divisor: Int) -> Int {
    let quotient = value / divisor
    return value % divisor != 0 && (value < 0) != (divisor < 0) ? quotient - 1 : quotient
}

/// The box around some boxes.
func bounds(_ boxes: [UvBox], _ indices: some Sequence<Int>) -> UvBox {
    var around = UvBox(u0: .max, v0: .max, u1: .min, v1: .min)
    for index in indices {
        let box = boxes[index]
        around.u0 = min(around.u0, box.u0)
        around.v0 = min(around.v0, box.v0)
        around.u1 = max(around.u1, box.u1)
        around.v1 = max(around.v1, box.v1)
    }
    return around
}

/// The lower median of the heights, at least 1.
func medianHeight(_ boxes: [UvBox], _ indices: [Int]) -> Int {
    let heights = indices.map { boxes[$0].height }.sorted()
    return max(heights[(heights.count - 1) / 2], 1)
}
