// Resize and grey (docs/bundle.md, step 2), specified to the byte: Pillow's antialiased bilinear filter in integers.

private let precision: Int32 = 32 - 8 - 2
private let half: Int32 = 1 << (precision - 1)

/// The triangle filter from some samples to others: of target i, `taps` weights from sample `first[i]` on.
private struct Filter {
    let taps: Int
    private(set) var first: [Int]
    /// Weights of each target that are not behind its last one above 0.
    private(set) var counts: [Int]
    private(set) var weights: [Int32]

    init(from source: Int, to target: Int) {
        let scale = Double(source) / Double(target)
        let support = max(scale, 1)
        taps = Int(support.rounded(.up)) * 2 + 1
        first = [Int](repeating: 0, count: target)
        counts = first
        weights = [Int32](repeating: 0, count: target * taps)
        let inverse = 1 / support
        var own = [Double](repeating: 0, count: taps)
        for i in 0..<target {
            let centre = (Double(i) + 0.5) * scale
            let start = max(Int(centre - support + 0.5), 0)
            let stop = min(Int(centre + support + 0.5), source)
            var total = 0.0
            for tap in 0..<stop - start {
                own[tap] = max(1 - abs((Double(tap + start) - centre + 0.5) * inverse), 0)
                total += own[tap]
            }
            first[i] = start
            for tap in 0..<stop - start {
                let weight = Int32(own[tap] / total * Double(1 << precision) + 0.5)
                weights[i * taps + tap] = weight
                if weight != 0 { counts[i] = tap + 1 }
            }
        }
    }
}

extension Pixels {
    /// The picture at another size: all columns first, then all rows; a pass that changes nothing is left out.
    func resized(_ toWidth: Int, _ toHeight: Int) throws -> Pixels {
        guard toWidth >= 1, toHeight >= 1 else {
            throw PinPointError.option("A size of \(toWidth) x \(toHeight) px was given; both must be at least 1.")
        }
        let wide = toWidth == width ? self : resizedColumns(toWidth)
        return toHeight == height ? wide : wide.resizedRows(toHeight)
    }

    private func resizedColumns(_ target: Int) -> Pixels {
        let filter = Filter(from: width, to: target)
        let (width, height, channels) = (width, height, channels)
        let bytes = withBytes { source in
            filter.weights.withUnsafeBufferPointer { weights in
                [UInt8](count: height * target * channels) { start in
                    var out = start
                    for y in 0..<height {
                        let row = source + y * width * channels
                        for x in 0..<target {
                            let own = weights.baseAddress! + x * filter.taps
                            let count = filter.counts[x]
                            var at = row + filter.first[x] * channels
                            if channels == 3 {
                                var (red, green, blue) = (half, half, half)
                                for tap in 0..<count {
                                    let weight = own[tap]
                                    red &+= weight &* Int32(at[0])
                                    green &+= weight &* Int32(at[1])
                                    blue &+= weight &* Int32(at[2])
                                    at += 3
                                }
                                out[0] = clamped(red)
                                out[1] = clamped(green)
                                out[2] = clamped(blue)
                            } else {
                                var sum = half
                                for tap in 0..<count { sum &+= own[tap] &* Int32(at[tap]) }
                                out[0] = clamped(sum)
                            }
                            out += channels
                        }
                    }
                }
            }
        }
        return Pixels(target, height, channels, bytes)
    }

    private func resizedRows(_ target: Int) -> Pixels {
        let filter = Filter(from: height, to: target)
        let stride = width * channels
        var sums = [Int32](repeating: half, count: stride)
        let bytes = withBytes { source in
            sums.withUnsafeMutableBufferPointer { sums in
                [UInt8](count: target * stride) { out in
                    for y in 0..<target {
                        for x in 0..<stride { sums[x] = half }
                        for tap in 0..<filter.counts[y] {
                            let weight = filter.weights[y * filter.taps + tap]
                            if weight == 0 { continue }
                            let row = source + (filter.first[y] + tap) * stride
                            for x in 0..<stride { sums[x] &+= weight &* Int32(row[x]) }
                        }
                        let line = out + y * stride
                        for x in 0..<stride { line[x] = clamped(sums[x]) }
                    }
                }
            }
        }
        return Pixels(width, target, channels, bytes)
    }

    /// The luma of an RGB picture: ITU-R 601-2 with 16 fractional bits.
    func grey() -> Pixels {
        guard channels == 3 else { return self }
        let count = width * height
        let bytes = withBytes { source in
            [UInt8](count: count) { out in
                for i in 0..<count {
                    let (red, green, blue) = (UInt32(source[3 * i]), UInt32(source[3 * i + 1]), UInt32(source[3 * i + 2]))
                    out[i] = UInt8(truncatingIfNeeded: (19595 &* red &+ 38470 &* green &+ 7471 &* blue &+ 32768) >> 16)
                }
            }
        }
        return Pixels(width, height, 1, bytes)
    }
}

@inline(__always)
private func clamped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(sum >> precision, 0), 255))
}
