// Which way is up: pages that lie sideways or upside down, and single lines that run upwards (docs/bundle.md, step 4c).
//
// The detector sees whether lines run across or down, but not in which direction they are read. A few of them are
// transcribed in both; the recogniser is far surer of letters that are the right way up.

/// Transcribes regions of the page, each in the direction of its quad.
typealias ReadLines = ([Region]) throws -> [Transcription]

/// Lines that are transcribed in both directions.
private let lines = 8

/// Heights: longer lines say no more and cost more.
private let longest = 12.0

/// In mean probability of a character.
private let surer = 0.1

/// Share of neighbours in words that are a letter and a digit; upside down it is .2.
private let mixedShare = 0.12

/// Most single lines that are looked at.
private let upwards = 16

/// How many quarter turns, counter-clockwise, bring a page upright that lies sideways; else 0.
func quartersOf(_ found: [Region], _ read: ReadLines) throws -> Int {
    let lines = found.filter { elongation($0) > squat }
    let down = lines.filter(runsDown)
    if down.reduce(0, { $0 + length($1) }) * 2 <= lines.reduce(0, { $0 + length($1) }) { return 0 }
    let gain = try gainOfTurning(down, read)
    return gain >= surer ? 3 : gain <= -surer ? 1 : 0
}

/// Whether a page is upside down; `readings` are the rough texts of its regions.
func isUpsideDown(_ found: [Region], _ readings: [String], _ read: ReadLines) throws -> Bool {
    guard mixed(readings) >= mixedShare else { return false }
    return try gainOfTurning(found.filter { elongation($0) > squat }, read) >= surer
}

/// The regions of a page; long lines that run up or down are turned the way they are read better.
func withUpwardLines(_ found: [Region], _ read: ReadLines) throws -> [Region] {
    let down = found.indices.filter { runsDown(found[$0]) && elongation(found[$0]) > lineLength }
        .sorted { length(found[$0]) > length(found[$1]) }.prefix(upwards)
    if down.isEmpty { return found }
    let asFound = try read(down.map { found[$0] })
    let other = try read(down.map { turned(found[$0]) })
    var result = found
    for (n, index) in down.enumerated() where certainty([other[n]]) >= certainty([asFound[n]]) + surer {
        result[index] = turned(found[index])
    }
    return result
}

/// How much surer lines are read when they are turned by half: the ``lines`` longest of them.
private func gainOfTurning(_ found: [Region], _ read: ReadLines) throws -> Double {
    let short = found.filter { elongation($0) <= longest }
    let chosen = (short.isEmpty ? found : short).sorted { elongation($0) > elongation($1) }.prefix(lines)
    if chosen.isEmpty { return 0 }
    return certainty(try read(chosen.map(turned))) - certainty(try read(Array(chosen)))
}

/// The mean probability of the characters; 0 without any.
private func certainty(_ texts: [Transcription]) -> Double {
    let count = texts.reduce(0) { $0 + $1.probabilities.count }
    if count == 0 { return 0 }
    return texts.reduce(0.0) { $0 + $1.probabilities.reduce(0.0) { $0 + Double($1) } } / Double(count)
}

/// Of the neighbours in words, letters and digits, the share that are one of each.
private func mixed(_ texts: [String]) -> Double {
    var (count, unlike) = (0, 0)
    for text in texts {
        let points = Array(text.unicodeScalars)
        for (one, two) in zip(points, points.dropFirst())
        where (one.isDecimal || one.isLetter) && (two.isDecimal || two.isLetter) {
            count += 1
            if one.isDecimal != two.isDecimal { unlike += 1 }
        }
    }
    return count > 0 ? Double(unlike) / Double(count) : 0
}

/// The region with its text read the other way.
private func turned(_ region: Region) -> Region { Region(quad: region.quad.starting(at: 2), score: region.score) }

private func runsDown(_ region: Region) -> Bool {
    let angle = abs(textAngle(region.quad.doubles))
    return angle > 45 && angle < 135
}

private func length(_ region: Region) -> Double { textWidth(region.quad.doubles) }

private func elongation(_ region: Region) -> Double {
    let quad = region.quad.doubles
    return textWidth(quad) / max(textHeight(quad), 1e-9)
}
