/// A plane of float32 values, rows from the top.
struct Plane {
    let width: Int
    let height: Int
    let values: [Float]
}

/// A run of pixels in a row, `start` up to, not with, `end`.
struct Run {
    let row: Int
    let start: Int
    let end: Int
}

/// Pixels that touch, by side or corner.
struct Component {
    /// The outer corners of its first and last pixel in every row, in pixel edges: all that its convex hull needs.
    var points: [Double] = []
    /// The mean of the map over it.
    var score = 0.0
    /// Its pixels, in rows from the top.
    var runs: [Run] = []
}

/// The components of the pixels above `threshold`, in the order of their first pixel (docs/bundle.md, step 4).
///
/// Runs of pixels in a row are joined with the runs of the row above that they touch, by union-find.
func findComponents(_ plane: Plane, above threshold: Float) -> [Component] {
    let runs = findRuns(plane, threshold)
    let label = labels(runs)
    var found = [Component](repeating: Component(), count: (label.max() ?? -1) + 1)
    var pixels = [Int](repeating: 0, count: found.count)
    for (run, own) in zip(runs, label) {
        pixels[own] += run.end - run.start
        let line = run.row * plane.width
        var total = found[own].score
        for x in run.start..<run.end { total += Double(plane.values[line + x]) }
        found[own].score = total
        // Runs come in scan order, so of a row the first run of a component is leftmost and the last rightmost.
        let (row, end) = (Double(run.row), Double(run.end))
        if found[own].runs.last?.row != run.row {
            let left = Double(run.start)
            found[own].points += [left, row, end, row, left, row + 1, end, row + 1]
        } else {
            let count = found[own].points.count
            found[own].points[count - 6] = end
            found[own].points[count - 2] = end
        }
        found[own].runs.append(run)
    }
    for own in found.indices { found[own].score /= Double(pixels[own]) }
    return found
}

/// Runs of pixels above a threshold, in scan order.
private func findRuns(_ plane: Plane, _ threshold: Float) -> [Run] {
    var runs: [Run] = []
    runs.reserveCapacity(1024)
    plane.values.withUnsafeBufferPointer { values in
        for y in 0..<plane.height {
            let line = y * plane.width
            var x = 0
            while x < plane.width {
                if values[line + x] <= threshold {
                    x += 1
                    continue
                }
                let first = x
                while x < plane.width && values[line + x] > threshold { x += 1 }
                runs.append(Run(row: y, start: first, end: x))
            }
        }
    }
    return runs
}

/// The component of each run, numbered in the order of their first runs.
private func labels(_ runs: [Run]) -> [Int] {
    var touching = DisjointSets(count: runs.count)
    var above = 0
    for (number, run) in runs.enumerated() {
        while above < number && runs[above].row < run.row - 1 { above += 1 }
        // Those of the row above that end left of this one touch none of the row's further runs either.
        while above < number && runs[above].row == run.row - 1 && runs[above].end < run.start { above += 1 }
        var other = above
        while other < number && runs[other].row == run.row - 1 && runs[other].start <= run.end {
            touching.join(other, number)
            other += 1
        }
    }
    var numbers = [Int](repeating: -1, count: runs.count)
    var next = 0
    return runs.indices.map { run in
        let root = touching.least(run)
        if numbers[root] < 0 {
            numbers[root] = next
            next += 1
        }
        return numbers[root]
    }
}

/// The smallest rectangle around points, clockwise; corner 0 to corner 1 is the side within 45° of the x axis.
func minimumRectangle(_ points: [Double]) -> [Double] {
    let hull = convexHull(points)
    var best = Double.infinity
    var result = [Double](repeating: 0, count: 8)
    for i in hull.indices {
        let next = hull[(i + 1) % hull.count]
        var (dx, dy) = (next.x - hull[i].x, next.y - hull[i].y)
        if dx == 0 && dy == 0 { continue }
        // Folded to within 45 degrees of the x axis, edges at right angles are one candidate.
        if abs(dy) > abs(dx) { (dx, dy) = (dy, -dx) }
        if dx < 0 { (dx, dy) = (-dx, -dy) }
        let length = (dx * dx + dy * dy).squareRoot()
        let (ax, ay) = (dx / length, dy / length)
        var (u0, u1, v0, v1) = (Double.infinity, -Double.infinity, Double.infinity, -Double.infinity)
        for point in hull {
            let u = point.x * ax + point.y * ay
            let v = point.y * ax - point.x * ay
            u0 = min(u0, u)
            u1 = max(u1, u)
            v0 = min(v0, v)
            v1 = max(v1, v)
        }
        let size = (u1 - u0) * (v1 - v0)
        if size < best {
            best = size
            for (corner, (u, v)) in [(u0, v0), (u1, v0), (u1, v1), (u0, v1)].enumerated() {
                result[2 * corner] = u * ax - v * ay
                result[2 * corner + 1] = u * ay + v * ax
            }
        }
    }
    return result
}

private struct Point: Equatable {
    let x: Double
    let y: Double
}

/// Andrew's monotone chain; corners clockwise on the page from the leftmost, uppermost of equals.
private func convexHull(_ points: [Double]) -> [Point] {
    var path = stride(from: 0, to: points.count, by: 2).map { Point(x: points[$0], y: points[$0 + 1]) }
    path.sort { $0.x != $1.x ? $0.x < $1.x : $0.y < $1.y }
    var last: Point?
    path = path.filter { point in
        defer { last = point }
        return point != last
    }
    func chain(_ path: some Sequence<Point>) -> ArraySlice<Point> {
        var hull: [Point] = []
        for point in path {
            while hull.count > 1 {
                let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
                if (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0 { break }
                hull.removeLast()
            }
            hull.append(point)
        }
        return hull.dropLast()  // it begins the other chain
    }
    return Array(chain(path) + chain(path.reversed()))
}
