// The byte-level alphabet of GPT-2 and the pieces that a text is cut into before its bytes are merged
// (Radford et al. 2019).

/// The byte of each printable stand-in, by its code point; nil for none.
let byteOfStandIn: [UInt8?] = {
    var table = [UInt8?](repeating: nil, count: 0x144)
    var next = 256
    for byte in 0...255 {
        let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
        table[isPrintable ? byte : next] = UInt8(byte)
        if !isPrintable { next += 1 }
    }
    return table
}()

private let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map(\.points)

/// Cuts a text into pieces: digits one by one, then words with the space before them, as GPT-2's pattern does.
func pieces(_ text: String, singleDigits: Bool) -> [ArraySlice<Unicode.Scalar>] {
    let points = text.points
    var found: [ArraySlice<Unicode.Scalar>] = []
    var start = 0
    if singleDigits {
        for i in points.indices where points[i].isNumber {
            words(points[start..<i], &found)
            words(points[i...i], &found)
            start = i + 1
        }
    }
    words(points[start...], &found)
    return found
}

/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
private func words(_ points: ArraySlice<Unicode.Scalar>, _ found: inout [ArraySlice<Unicode.Scalar>]) {
    var at = points.startIndex
    while at < points.endIndex {
        let end = contraction(points, at) ?? word(points, at) ?? spaces(points, at)
        found.append(points[at..<end])
        at = end
    }
}

private func contraction(_ points: ArraySlice<Unicode.Scalar>, _ at: Int) -> Int? {
    guard points[at] == "'" else { return nil }
    return contractions.first { points[at...].starts(with: $0) }.map { at + $0.count }
}

private func word(_ points: ArraySlice<Unicode.Scalar>, _ at: Int) -> Int? {
    let start = points[at] == " " && at + 1 < points.endIndex ? at + 1 : at
    let kind = PointKind(points[start])
    if kind == .space { return nil }
    return points[start...].firstIndex { PointKind($0) != kind } ?? points.endIndex
}

/// Spaces up to the last one before a word, which belongs to the word.
private func spaces(_ points: ArraySlice<Unicode.Scalar>, _ at: Int) -> Int {
    guard let end = points[at...].firstIndex(where: { !$0.isSpace }) else { return points.endIndex }
    return end - at > 1 ? end - 1 : end
}

private enum PointKind {
    case space
    case letter
    case number
    case other

    init(_ point: Unicode.Scalar) {
        self =
            point.isSpace && !(0x1C...0x1F).contains(point.value)
            ? .space : point.isLetter ? .letter : point.isNumber ? .number : .other
    }
}
