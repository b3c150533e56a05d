// Crops of regions, upright and at a fixed height, specified to the byte (docs/bundle.md, step 6).

let refineHeight = 48
let batchSize = 8
private let colourFill: UInt8 = 127
private let greyFill: UInt8 = 255

/// An edge that rises at most 1 in 115 (0.5 degrees) counts as upright.
private let uprightRun = 115.0

/// The widths of glance crops of a height.
func glanceWidths(_ height: Int) -> [Int] { [64, 128, 256, 512, 1024].map { $0 * height / 16 } }

/// The width, at least 1, that keeps the text's proportions at `height` pixels.
func cropWidth(_ quad: Quad, _ height: Int) -> Int {
    let corners = quad.doubles
    return max(1, Int((Double(height) * textWidth(corners) / max(textHeight(corners), 1) + 0.5).rounded(.down)))
}

/// The text of a quad, upright.
func cropQuad(_ image: Pixels, _ quad: Quad, _ height: Int, _ width: Int) throws -> Pixels {
    let corners = quad.doubles
    let patch =
        if let turns = quarterTurns(corners) {
            upright(image, corners, turns)
        } else {
            sampleParallelogram(image, corners)
        }
    return try patch.resized(width, height)
}

/// Crops of a page in a batch.
struct CropBatch {
    /// Of the quads, at most 8.
    let indices: [Int]
    /// (8, channels, height, width).
    let crops: [UInt8]
    let width: Int
    /// Used widths (8,), 0 in rows without a quad.
    let used: [Int32]
}

/// The crops of a page in batches, the widest first; a batch takes the smallest of `widths` that holds its first crop.
///
/// `body` gets one batch after the other, so that their crops are not all in memory.
func eachCropBatch(
    _ image: Pixels, _ quads: [Quad], _ height: Int, _ widths: [Int], _ body: (CropBatch) throws -> Void
) throws {
    let used = quads.map { min(cropWidth($0, height), widths.last!) }
    let order = quads.indices.sorted { used[$0] > used[$1] }
    for start in stride(from: 0, to: order.count, by: batchSize) {
        let indices = Array(order[start..<min(start + batchSize, order.count)])
        let width = widths.first { $0 >= used[indices[0]] }!
        let row = image.channels * height * width
        let patches = try indices.map { try cropQuad(image, quads[$0], height, used[$0]) }
        let crops = [UInt8](count: batchSize * row) { out in
            out.initialize(repeating: image.channels == 1 ? greyFill : colourFill, count: indices.count * row)
            (out + indices.count * row).initialize(repeating: 0, count: (batchSize - indices.count) * row)
            for (slot, patch) in patches.enumerated() { place(patch, out + slot * row, width) }
        }
        var counts = [Int32](repeating: 0, count: batchSize)
        for (slot, index) in indices.enumerated() { counts[slot] = Int32(used[index]) }
        try body(CropBatch(indices: indices, crops: crops, width: width, used: counts))
    }
}

/// Copies a crop into the planes of its row.
private func place(_ crop: Pixels, _ out: UnsafeMutablePointer<UInt8>, _ width: Int) {
    let channels = crop.channels
    crop.withBytes { source in
        for c in 0..<channels {
            for y in 0..<crop.height {
                let line = out + (c * crop.height + y) * width
                let from = source + y * crop.width * channels + c
                for x in 0..<crop.width { line[x] = from[x * channels] }
            }
        }
    }
}

/// Counter-clockwise quarter turns that make an upright quad read to the right; nil for a tilted one.
private func quarterTurns(_ q: [Double]) -> Int? {
    let (topX, topY) = (q[2] - q[0], q[3] - q[1])
    let (leftX, leftY) = (abs(q[6] - q[0]), abs(q[7] - q[1]))
    let level = abs(topX) >= abs(topY)
    let turns = level ? (topX >= 0 ? 0 : 2) : (topY >= 0 ? 1 : 3)
    let (run, rise) = level ? (abs(topX), abs(topY)) : (abs(topY), abs(topX))
    let (side, drift) = level ? (leftY, leftX) : (leftX, leftY)
    let straight = rise * uprightRun <= run && drift * uprightRun <= side
    return straight && rise <= max(1, side / 8) ? turns : nil
}

private func upright(_ image: Pixels, _ corners: [Double], _ turns: Int) -> Pixels {
    let box = boundsOf(corners)
    let left = min(max(Int(box.x0.rounded(.down)), 0), image.width - 1)
    let top = min(max(Int(box.y0.rounded(.down)), 0), image.height - 1)
    let right = min(max(Int(box.x1.rounded(.up)), left + 1), image.width)
    let foot = min(max(Int(box.y1.rounded(.up)), top + 1), image.height)
    return turned(image, left, top, right - left, foot - top, turns)
}

/// A part of a picture, turned by quarters counter-clockwise.
func turned(_ image: Pixels, _ left: Int, _ top: Int, _ columns: Int, _ rows: Int, _ turns: Int) -> Pixels {
    let channels = image.channels
    let (width, height) = turns % 2 == 0 ? (columns, rows) : (rows, columns)
    let stride = image.width * channels
    let bytes = image.withBytes { source in
        [UInt8](count: width * height * channels) { out in
            let origin = source + top * stride + left * channels
            if turns == 0 {
                for y in 0..<rows {
                    (out + y * width * channels).update(from: origin + y * stride, count: width * channels)
                }
                return
            }
            // Of pixel (0, 0), and one to the right and one down on the turned part.
            let start = (turns == 3 ? 0 : columns - 1) * channels + (turns == 1 ? 0 : rows - 1) * stride
            let across = turns == 1 ? stride : turns == 2 ? -channels : -stride
            let down = turns == 1 ? -channels : turns == 2 ? -stride : channels
            var at = out
            for y in 0..<height {
                var from = origin + start + y * down
                for _ in 0..<width {
                    for c in 0..<channels { at[c] = from[c] }
                    at += channels
                    from += across
                }
            }
        }
    }
    return Pixels(width, height, channels, bytes)
}

/// The parallelogram of corners 0, 1 and 3 at the source's own scale, sampled with integer weights.
private func sampleParallelogram(_ image: Pixels, _ q: [Double]) -> Pixels {
    let width = max(1, Int((textWidth(q) + 0.5).rounded(.down)))
    let height = max(1, Int((textHeight(q) + 0.5).rounded(.down)))
    let (alongX, alongY) = ((q[2] - q[0]) / Double(width), (q[3] - q[1]) / Double(width))
    let (downX, downY) = ((q[6] - q[0]) / Double(height), (q[7] - q[1]) / Double(height))
    let startX = fixed(q[0] + alongX * 0.5 + downX * 0.5 - 0.5)
    let startY = fixed(q[1] + alongY * 0.5 + downY * 0.5 - 0.5)
    let (stepX, stepY) = (fixed(alongX), fixed(alongY))
    let (rowX, rowY) = (fixed(downX), fixed(downY))
    let channels = image.channels
    let (lastX, lastY) = (image.width - 1, image.height - 1)
    let bytes = image.withBytes { source in
        [UInt8](count: width * height * channels) { start in
            var out = start
            for v in 0..<height {
                var (x, y) = (startX + v * rowX, startY + v * rowY)
                for _ in 0..<width {
                    let (fx, fy) = ((x >> 8) & 255, (y >> 8) & 255)
                    let left = min(max(x >> 16, 0), lastX) * channels
                    let right = min(max((x >> 16) + 1, 0), lastX) * channels
                    let upper = source + min(max(y >> 16, 0), lastY) * image.width * channels
                    let lower = source + min(max((y >> 16) + 1, 0), lastY) * image.width * channels
                    for c in 0..<channels {
                        let a = Int(upper[left + c])
                        let d = Int(lower[left + c])
                        let above = (a << 8) &+ (Int(upper[right + c]) &- a) &* fx
                        let below = (d << 8) &+ (Int(lower[right + c]) &- d) &* fx
                        out[c] = UInt8(truncatingIfNeeded: ((above << 8) &+ (below &- above) &* fy &+ 32768) >> 16)
                    }
                    out += channels
                    x &+= stepX
                    y &+= stepY
                }
            }
        }
    }
    return Pixels(width, height, channels, bytes)
}

/// 16 fractional bits.
private func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
