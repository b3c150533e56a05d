// Where words of the page begin and end, so that an answer may (docs/bundle.md, step 11).

private let opening = Set("([{<“‘«「『【（:：#$£€¥=~|".unicodeScalars)
private let closing = Set(")]}>”’»」』】）".unicodeScalars)
private let trailing = closing.union(".,;:!?\"'。、，；：！？".unicodeScalars)
private let dashes = Set("-–—~".unicodeScalars)

extension Unicode.Scalar {
    /// Of a script without spaces.
    fileprivate var isUnspaced: Bool {
        switch value {
        case 0xE00...0xEFF, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF: true
        default: false
        }
    }

    fileprivate var isWord: Bool { isLetterOrNumber || self == "_" }
    fileprivate var isCapital: Bool { (65...90).contains(value) }
    fileprivate var isLatin: Bool { isASCII && isLetter }
}

/// Offsets in code points where an answer may begin.
func wordStarts(_ text: String) -> [Int] {
    let points = text.points
    let inside = Set(dateRanges(points).map(\.upperBound) + currencies(points))
    return points.indices.filter { place in
        let own = points[place]
        if own.isSpace { return false }
        let before = place > 0 ? points[place - 1] : " "
        if before.isSpace || own.isUnspaced || before.isUnspaced || inside.contains(place) { return true }
        let second = place > 1 ? points[place - 2] : nil
        if before == "\"" || before == "'" { return second.map { !$0.isLetterOrNumber } ?? true }
        let isTime = before == ":" && second?.isDecimal == true && own.isDecimal
        return opening.contains(before) && !isTime
    }
}

/// Offsets in code points where an answer may end.
func wordEnds(_ text: String) -> [Int] {
    let points = text.points
    let dates = Set(dateRanges(points).map(\.lowerBound))
    var ends: [Int] = []
    var closes = true  // whether punctuation follows, up to a space or the end
    for place in stride(from: points.count, to: 0, by: -1) {
        let after = place < points.count ? points[place] : " "
        let before = points[place - 1]
        closes = after.isSpace || (closes && trailing.contains(after))
        let finishes =
            closes || closing.contains(after) || before.isUnspaced || after.isUnspaced || dates.contains(place)
        if !before.isSpace && finishes { ends.append(place) }
    }
    return ends.reversed()
}

/// From the end of the first date of each range to the start of its second: "5/22/20-5/28/20", "5/22/20 -5/28/20".
private func dateRanges(_ points: Points) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    while at < points.count {
        let before = at > 0 ? points[at - 1] : " "
        let opens = points[at].isDecimal && !before.isWord && before != "/" && before != "."
        if opens, let range = dateEnds(points, at).lazy.compactMap({ rangeFrom(points, $0) }).first {
            found.append(range)
            at = range.upperBound
        } else {
            at += 1
        }
    }
    return found
}

/// A dash, with a space on either side or none, between a date's end and the next date.
private func rangeFrom(_ points: Points, _ end: Int) -> Range<Int>? {
    for spaced in [1, 0] where spaced == 0 || (end < points.count && points[end] == " ") {
        let dash = end + spaced
        guard dash < points.count, dashes.contains(points[dash]) else { continue }
        for after in [1, 0] where after == 0 || (dash + 1 < points.count && points[dash + 1] == " ") {
            let start = dash + 1 + after
            if !dateEnds(points, start).isEmpty { return end..<start }
        }
    }
    return nil
}

/// Where dates that begin at a place end, as a pattern finds them: `\d{1,4}([/.]\d{1,4}){1,2}`, the longest first.
private func dateEnds(_ points: Points, _ start: Int) -> [Int] {
    func digits(_ at: Int) -> [Int] {
        var end = at
        while end < points.count && end - at < 4 && points[end].isDecimal { end += 1 }
        return stride(from: end, to: at, by: -1).map { $0 }
    }
    func part(_ at: Int) -> [Int] {
        at < points.count && (points[at] == "/" || points[at] == ".") ? digits(at + 1) : []
    }
    return digits(start).flatMap(part).flatMap { part($0) + [$0] }
}

/// Where amounts begin right behind a currency: "RM60.30".
private func currencies(_ points: Points) -> [Int] {
    var found: [Int] = []
    for start in points.indices where points[start].isCapital && (start == 0 || !points[start - 1].isLatin) {
        var end = start
        while end < points.count && points[end].isCapital { end += 1 }
        if (2...3).contains(end - start) && isAmount(points, end) { found.append(end) }
    }
    return found
}

/// Whether `\d[\d,]*\.\d\d` begins at a place and no digit or point follows.
private func isAmount(_ points: Points, _ start: Int) -> Bool {
    guard start < points.count, points[start].isDecimal else { return false }
    var at = start
    while at < points.count && (points[at].isDecimal || points[at] == ",") { at += 1 }
    guard at + 2 < points.count, points[at] == ".", points[at + 1].isDecimal, points[at + 2].isDecimal else {
        return false
    }
    return at + 3 == points.count || !(points[at + 3].isDecimal || points[at + 3] == ".")
}
