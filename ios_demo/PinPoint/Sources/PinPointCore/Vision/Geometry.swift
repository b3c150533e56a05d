import Foundation

// Boxes and quads on a page in pixels; x grows to the right, y downwards. Corners of a quad are x0 y0 x1 y1 x2 y2 x3 y3,
// clockwise from the top left of the text.

/// A region this many times as high as wide is taken for text that runs downwards.
let verticalText = 2.0

/// The length of the vector between two corners of `xy`; sqrt, as it is rounded alike everywhere.
private func edge(_ xy: [Double], _ from: Int, _ to: Int) -> Double {
    let x = xy[2 * to] - xy[2 * from]
    let y = xy[2 * to + 1] - xy[2 * from + 1]
    return (x * x + y * y).squareRoot()
}

/// The text's width: the length of the top edge.
func textWidth(_ xy: [Double]) -> Double { edge(xy, 0, 1) }

/// The text's height: the length of the left edge.
func textHeight(_ xy: [Double]) -> Double { edge(xy, 0, 3) }

/// The longer side in shorter ones.
func slenderness(_ xy: [Double]) -> Double {
    let (width, height) = (textWidth(xy), textHeight(xy))
    return max(width, height) / max(min(width, height), 1e-9)
}

/// The reading direction in degrees, -180 to 180; positive is clockwise.
func textAngle(_ xy: [Double]) -> Double { degrees(atan2(xy[3] - xy[1], xy[2] - xy[0])) }

func degrees(_ radians: Double) -> Double { radians * (180 / .pi) }

func radians(_ degrees: Double) -> Double { degrees * (.pi / 180) }

/// The upright box around points x0 y0 x1 y1 …
func boundsOf(_ xy: [Double]) -> Box {
    var (x0, y0, x1, y1) = (xy[0], xy[1], xy[0], xy[1])
    for i in stride(from: 2, to: xy.count, by: 2) {
        x0 = min(x0, xy[i])
        x1 = max(x1, xy[i])
        y0 = min(y0, xy[i + 1])
        y1 = max(y1, xy[i + 1])
    }
    return Box(x0: x0, y0: y0, x1: x1, y1: y1)
}

/// The corners of an upright box.
func cornersOf(_ box: Box) -> [Double] { [box.x0, box.y0, box.x1, box.y0, box.x1, box.y1, box.x0, box.y1] }

extension Box {
    var width: Double { x1 - x0 }
    var height: Double { y1 - y0 }
}

extension Quad {
    /// Corners to compute with.
    var doubles: [Double] { corners.map(Double.init) }

    /// Corners rounded to float32, which a quad is kept in.
    init(rounding xy: [Double]) { self.init(xy.map(Float.init)) }

    /// The part between two fractions, 0 to 1, of the reading direction.
    func part(_ start: Double, _ end: Double) -> Quad {
        let q = doubles
        let (topX, topY) = (q[2] - q[0], q[3] - q[1])
        let (footX, footY) = (q[4] - q[6], q[5] - q[7])
        return Quad(rounding: [
            q[0] + topX * start, q[1] + topY * start, q[0] + topX * end, q[1] + topY * end,
            q[6] + footX * end, q[7] + footY * end, q[6] + footX * start, q[7] + footY * start,
        ])
    }

    /// The same quad with another corner first.
    func starting(at corner: Int) -> Quad { Quad((0..<8).map { corners[($0 + 2 * corner) % 8] }) }
}

/// Points turned about a centre, rounded to float32; positive degrees turn clockwise on the page.
func rotated(_ xy: [Double], _ angle: Double, _ centreX: Double = 0, _ centreY: Double = 0) -> [Double] {
    let turn = radians(angle)
    let (cosine, sine) = (cos(turn), sin(turn))
    var result = xy
    for i in stride(from: 0, to: xy.count, by: 2) {
        let (x, y) = (xy[i] - centreX, xy[i + 1] - centreY)
        result[i] = Double(Float(x * cosine - y * sine + centreX))
        result[i + 1] = Double(Float(x * sine + y * cosine + centreY))
    }
    return result
}

/// The middle of values, or the mean of the middle two.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The weighted median: the first value, in order of value and weight, at which half of all weight is reached; 0 of none.
func weightedMedian(_ values: [Double], _ weights: [Double]) -> Double {
    let order = values.indices.sorted { (values[$0], weights[$0]) < (values[$1], weights[$1]) }
    let half = weights.reduce(0, +) / 2
    var passed = 0.0
    for index in order {
        passed += weights[index]
        if passed >= half { return values[index] }
    }
    return 0
}
