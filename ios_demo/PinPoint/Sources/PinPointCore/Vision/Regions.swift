// From the detector's text map to regions: threshold, components, rectangles, unclip (docs/bundle.md, step 4).

let minimumSide = 3.0

/// A region longer than this many times its height shows its direction.
let lineLength = 3.0

/// A component less elongated than this has a rectangle of any direction.
let squat = 2.0

private let threshold: Float = 0.3
private let boxScore = 0.5
private let unclipRatio = 1.6
private let snap = 1.1

/// Degrees: upright regions are cropped faster, and nothing is lost.
private let levelAngle = 0.25

/// A line of text on a page.
struct Region: Equatable, Sendable {
    /// In source pixels, clockwise from the text's top left.
    let quad: Quad
    /// The mean of its map, 0 to 1.
    let score: Double

    /// The upright bounds in source pixels.
    var box: Box { quad.bounds }
}

/// The components of a text map, in the order of their first pixels.
func findText(_ textMap: Plane) -> [Component] {
    findComponents(textMap, above: threshold).filter { $0.score >= boxScore }
}

/// The regions of components, in their order; `scale`: canvas pixels per page pixel.
func regionsOf(_ found: [Component], scale: Double, pageWidth: Int, pageHeight: Int) -> [Region] {
    let fitted = found.map { minimumRectangle($0.points) }
    let long = fitted.filter { slenderness($0) > lineLength }
    var direction = weightedMedian(long.map(textAngle), long.map { max(textWidth($0), textHeight($0)) })
    if abs(direction) < levelAngle { direction = 0 }
    return zip(found, fitted).compactMap { part, fit in
        let quad = settled(part, fit, direction)
        if min(textWidth(quad), textHeight(quad)) < minimumSide { return nil }
        var source = unclipped(quad)
        for i in source.indices {
            source[i] = min(max(source[i] / scale, 0), Double(i % 2 == 0 ? pageWidth : pageHeight))
        }
        let box = boundsOf(source)
        if box.width < 1 || box.height < 1 { return nil }  // it lay in the canvas's margin
        let isDown = textHeight(source) > verticalText * textWidth(source)
        // Text that runs downwards has its top on the right.
        return Region(quad: Quad(rounding: source).starting(at: isDown ? 1 : 0), score: part.score)
    }
}

/// The rectangle of the page's direction where the component's own says nothing better.
private func settled(_ part: Component, _ fit: [Double], _ direction: Double) -> [Double] {
    let box = boundsOf(rotated(part.points, -direction))
    if slenderness(fit) < squat || box.width * box.height <= snap * textWidth(fit) * textHeight(fit) {
        return rotated(cornersOf(box), direction)
    }
    return fit
}

private func unclipped(_ quad: [Double]) -> [Double] {
    let (width, height) = (textWidth(quad), textHeight(quad))
    // The ratio is meant for rectangles through the centres of the outer pixels (OpenCV's contours).
    let (innerWidth, innerHeight) = (width - 1, height - 1)
    let margin = innerWidth * innerHeight * unclipRatio / (2 * (innerWidth + innerHeight)) - 0.5
    let alongX = (quad[2] - quad[0]) / width * margin
    let alongY = (quad[3] - quad[1]) / width * margin
    let downX = (quad[6] - quad[0]) / height * margin
    let downY = (quad[7] - quad[1]) / height * margin
    return [
        quad[0] + (-alongX - downX), quad[1] + (-alongY - downY), quad[2] + (alongX - downX), quad[3] + (alongY - downY),
        quad[4] + (alongX + downX), quad[5] + (alongY + downY), quad[6] + (downX - alongX), quad[7] + (downY - alongY),
    ]
}
