// Long pages, such as receipts: looked at in parts that overlap, at one scale (docs/bundle.md, step 3b).

/// Times as long as wide.
private let long = 4.5

/// Sizes of the parts of a page that is long so.
private let upright = CanvasSize(height: 960, width: 480)
private let level = CanvasSize(height: 736, width: 960)

/// Canvas pixels that two parts share: more than any line of text is high.
private let overlap = 128

/// Most parts.
private let most = 16

/// A part of a long canvas: it begins at `start` and is kept from `first` to `stop`.
struct Part: Equatable {
    let start: Int
    let first: Int
    let stop: Int
}

/// Whether a page is looked at in parts.
func isLong(_ width: Int, _ height: Int) -> Bool { Double(max(width, height)) > long * Double(min(width, height)) }

/// Fits a long page by its short side, to a canvas as long as it needs.
func fitLongCanvas(_ page: Pixels) throws -> Canvas {
    let (size, scale) = longCanvas(page.width, page.height)
    return try onCanvas(page, size, scale)
}

/// The size of a long page's canvas, and its scale.
func longCanvas(_ pageWidth: Int, _ pageHeight: Int) -> (CanvasSize, Double) {
    let isUpright = pageHeight > pageWidth
    let length = lengthOf(isUpright)
    let other = isUpright ? upright.width : level.height
    let longest = max(pageWidth, pageHeight)
    let whole = length + (most - 1) * (length - overlap)
    let scale = min(
        Double(other) / Double(min(pageWidth, pageHeight)), Double(whole) / Double(longest), maximumUpscale)
    let used = Int((Double(longest) * scale + 0.5).rounded(.down))
    let along = max(length, used + used % 2)
    return (isUpright ? CanvasSize(height: along, width: other) : CanvasSize(height: other, width: along), scale)
}

/// The parts of a canvas, as evenly spread as even places allow; two of them meet in the middle of what they share.
func parts(_ canvasWidth: Int, _ canvasHeight: Int) -> [Part] {
    let length = lengthOf(canvasHeight > canvasWidth)
    let whole = max(canvasWidth, canvasHeight)
    let count = max((whole - overlap + length - overlap - 1) / (length - overlap), 1)
    let starts = (0..<count).map { $0 * (whole - length) / (2 * max(count - 1, 1)) * 2 }
    let edges = [0] + zip(starts, starts.dropFirst()).map { ($1 + $0 + length) / 4 * 2 } + [whole]
    return starts.indices.map { Part(start: starts[$0], first: edges[$0], stop: edges[$0 + 1]) }
}

/// The pictures of the parts of a long canvas, each of the size of one of the detector's.
func partsOf(_ canvas: Pixels) -> [Pixels] {
    let isUpright = canvas.height > canvas.width
    let size = isUpright ? upright : level
    return parts(canvas.width, canvas.height).map { part in
        turned(canvas, isUpright ? 0 : part.start, isUpright ? part.start : 0, size.width, size.height, 0)
    }
}

/// The map of a long canvas out of those of its parts.
func joinedMap(_ maps: [[Float]], _ width: Int, _ height: Int) -> Plane {
    let isUpright = height > width
    var values = [Float](repeating: 0, count: width * height)
    for (map, part) in zip(maps, parts(width, height)) {
        if isUpright {
            let from = (part.first - part.start) * width
            values.replaceSubrange(
                part.first * width..<part.stop * width, with: map[from..<(part.stop - part.start) * width])
            continue
        }
        for y in 0..<height {
            let line = y * level.width - part.start
            values.replaceSubrange(
                y * width + part.first..<y * width + part.stop, with: map[line + part.first..<line + part.stop])
        }
    }
    return Plane(width: width, height: height, values: values)
}

private func lengthOf(_ isUpright: Bool) -> Int { isUpright ? upright.height : level.width }
