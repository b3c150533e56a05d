import Foundation

// Character trigrams: a literal matcher between a question and the rough readings of regions (docs/bundle.md, step 8).

/// Ids run from 1 to this; 0 means none.
private let buckets: UInt32 = 4095

private let stopWords = Set(
    ("a an and any are as at be by can could did do does find for from give given has have her his how i in is it its "
        + "listed many me mentioned much of on or page please printed shown stated tell that the their there this to "
        + "value was were what whats when where which who whom whose why with written you "
        // German, French, Spanish, Portuguese, Italian; without accents.
        + "auf bitte das dem den der des die ein eine einem einen einer fur ist lautet sind steht und wann welche welchem "
        + "welchen welcher welches wer wie wo zu d aux de combien du est la l le les quand que quel quelle quelles quels "
        + "qui sont sur une cual cuales cuando cuanto cuantos del donde el en es las los por quien son una com como dos "
        + "da em onde os para qual quanto quantos quem sao um uma che chi della di dove gli il lo nel per quale quali "
        + "quando sono un").split(separator: " ").map(String.init))

private let openingQuotes = Set("\"“”„«".unicodeScalars)
private let closingQuotes = Set("\"“”»".unicodeScalars)
private let quotes = Set("\"“”„«»".unicodeScalars)

/// NFKC, case folded, no accents; letters, marks and digits stay, all else becomes single spaces; stripped.
func normalise(_ text: String) -> String { words(text).map { String(points: $0) }.joined(separator: " ") }

/// The words of the normalised text.
private func words(_ text: String) -> [Points] {
    let folded = text.isASCII ? foldCase(text) : withoutAccents(text)
    var found: [Points] = []
    var isInWord = false
    for point in folded.unicodeScalars {
        let belongs = point.isLetter || point.isMark || point.isNumber
        if belongs {
            if isInWord { found[found.count - 1].append(point) } else { found.append([point]) }
        }
        isInWord = belongs
    }
    return found
}

/// Calls `body` with each trigram of a text in order.
private func eachTrigram(_ text: String, _ body: (Unicode.Scalar, Unicode.Scalar, Unicode.Scalar) -> Void) {
    for word in words(text) {
        for i in word.indices {
            body(i > 0 ? word[i - 1] : "^", word[i], i + 1 < word.count ? word[i + 1] : "$")
        }
    }
}

/// Number of trigrams of a text.
func trigramCount(_ text: String) -> Int { words(text).reduce(0) { $0 + $1.count } }

/// Bucket ids of the text's trigrams in order, cut or filled with 0 to `length`.
func trigramIds(_ text: String, _ length: Int) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(length)
    eachTrigram(text) { if ids.count < length { ids.append(bucket($0, $1, $2)) } }
    return ids + [Int32](repeating: 0, count: length - ids.count)
}

/// FNV-1a, 32 bits, over the UTF-8 bytes of three code points (Fowler, Noll, Vo).
private func bucket(_ one: Unicode.Scalar, _ two: Unicode.Scalar, _ three: Unicode.Scalar) -> Int32 {
    var value: UInt32 = 2_166_136_261
    for point in [one, two, three] {
        for byte in UTF8.encode(point)! { value = (value ^ UInt32(byte)) &* 16_777_619 }
    }
    return Int32(value % buckets) + 1
}

/// The part of a question to match: its quotations, else its words without stop words, else all of it.
func content(_ question: String) -> String {
    let quoted = normalise(quotations(question).joined(separator: " "))
    if !quoted.isEmpty { return quoted }
    let all = words(question).map { String(points: $0) }
    let kept = all.filter { !stopWords.contains($0) }
    return (kept.isEmpty ? all : kept).joined(separator: " ")
}

private func quotations(_ text: String) -> [String] {
    let points = text.points
    var found: [String] = []
    var at = 0
    while at < points.count {
        if openingQuotes.contains(points[at]) {
            let end = points[(at + 1)...].firstIndex { quotes.contains($0) }
            if let end, end > at + 1, closingQuotes.contains(points[end]) {
                found.append(String(points: points[(at + 1)..<end]))
                at = end
            }
        }
        at += 1
    }
    return found
}

/// Trigram ids of a question; one that is too long keeps its content words.
func instructionIds(_ question: String, _ length: Int) -> [Int32] {
    trigramIds(trigramCount(question) <= length ? question : content(question), length)
}

/// Distinct trigrams of a text, each packed into 63 bits, sorted.
func trigramCodes(_ text: String) -> [UInt64] {
    var found: [UInt64] = []
    eachTrigram(text) { found.append(UInt64($0.value) << 42 | UInt64($1.value) << 21 | UInt64($2.value)) }
    found.sort()
    var last: UInt64?
    found.removeAll { code in
        defer { last = code }
        return code == last
    }
    return found
}

/// How much a question is in each of a page's readings, 0 to 1: an F2 measure of seldom trigrams.
func similarity(_ question: String, _ readings: [String]) -> [Float] {
    similarity(trigramCodes(content(question)), readings.map(trigramCodes))
}

/// The same of trigram codes.
func similarity(_ wanted: [UInt64], _ lists: [[UInt64]]) -> [Float] {
    if wanted.isEmpty || lists.allSatisfy(\.isEmpty) { return [Float](repeating: 0, count: lists.count) }
    var frequency: [UInt64: Int] = [:]
    for list in lists { for code in list { frequency[code, default: 0] += 1 } }
    let count = Double(lists.count)
    func weight(_ code: UInt64) -> Double { log1p(count / (1 + Double(frequency[code] ?? 0))) }
    let questionWeight = wanted.reduce(0) { $0 + weight($1) }
    let asked = Set(wanted)
    return lists.map { list in
        var (reading, shared) = (0.0, 0.0)
        for code in list {
            let own = weight(code)
            reading += own
            if asked.contains(code) { shared += own }
        }
        // F2 = 5 P R / (4 P + R), with P = shared / reading and R = shared / question.
        return Float(5 * shared / (reading + 4 * questionWeight))
    }
}
