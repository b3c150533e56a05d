private let blank: Int32 = 0

/// The text read in a crop.
struct Transcription: Sendable {
    var text = ""
    /// One a code point, 0 to 1.
    var probabilities: [Float] = []
    /// Where each code point begins, as a fraction of the crop's used width.
    var starts: [Double] = []
    /// Where it ends.
    var ends: [Double] = []
}

/// The classes of one crop: of frame t at index `offset + t * stride`; `probabilities` nil for 1 everywhere.
struct Frames {
    let classes: [Int32]
    let probabilities: [Float]?
    let offset: Int
    let count: Int
    let stride: Int
}

/// Reads the best class of each frame into a transcription: greedy CTC (docs/bundle.md, step 7).
///
/// `used`: the fraction of the frames that the crop covers, in (0, 1].
func decodeCtc(_ frames: Frames, _ characters: [String], used: Double) throws -> Transcription {
    let length = Double(frames.count) * used  // of the crop, in frames
    let count = min(Int(length.rounded(.up)), frames.count)
    func classOf(_ frame: Int) -> Int32 { frames.classes[frames.offset + frame * frames.stride] }
    var runs: [Range<Int>] = []
    var at = 0
    while at < count {
        let own = classOf(at)
        let start = at
        while at < count && classOf(at) == own { at += 1 }
        if own == blank { continue }
        guard characters.indices.contains(Int(own)) else {
            throw PinPointError.bundle(
                "The recogniser gave class \(own), but the character list has \(characters.count) entries; use the "
                    + "character list that was exported with this stage.")
        }
        runs.append(start..<at)
    }
    let edges = edgesOf(runs, length)
    var result = Transcription()
    for (number, run) in runs.enumerated() {
        let symbol = characters[Int(classOf(run.lowerBound))]
        result.text += symbol
        let peak = frames.probabilities.map { likely in
            run.reduce(-Float.infinity) { max($0, likely[frames.offset + $1 * frames.stride]) }
        }
        let points = symbol.unicodeScalars.count
        let (start, end) = (edges[number], edges[number + 1])
        let step = (end - start) / Double(max(points, 1))
        for n in 0..<points {
            result.probabilities.append(peak ?? 1)
            result.starts.append(start + step * Double(n))
            // The last one ends where the next symbol begins, to the last digit.
            result.ends.append(n == points - 1 ? end : start + step * Double(n + 1))
        }
    }
    return result
}

/// Where runs begin and end, as fractions of a crop that is `length` frames wide.
private func edgesOf(_ runs: [Range<Int>], _ length: Double) -> [Double] {
    guard let first = runs.first, let last = runs.last, runs.count > 1 else { return [0, 1] }
    let inner = zip(runs, runs.dropFirst()).map { Double($0.upperBound + $1.lowerBound) / 2 }
    // The mirror image of the inner border in the middle of the run.
    let start = max(0, Double(first.lowerBound + first.upperBound) - inner.first!)
    let end = min(length, Double(last.lowerBound + last.upperBound) - inner.last!)
    return ([start] + inner + [end]).map { min($0 / length, 1) }
}
