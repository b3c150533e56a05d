import Foundation

// One confidence for an answer, out of the certainty of each part of the pipeline (docs/bundle.md, step 12).

/// Log odds of surer parts are all the same.
private let edge = 1e-4

private func logOdds(_ probability: Double) -> Double {
    let held = min(max(probability, edge), 1 - edge)
    return log(held / (1 - held))
}

/// The confidence of an answer; `weights`: the bundle's, for "found" and "not-found" answers apart.
func confidenceOf(_ signals: Signals, found: Bool, _ weights: [String: [String: Double]]) throws -> Double {
    guard let own = weights[found ? "found" : "not-found"] else {
        return signals.decode * signals.reader * (1 - (found ? signals.nothing : 0))
    }
    var total = 0.0
    for (name, weight) in own.sorted(by: { $0.key < $1.key }) {
        let value: Double
        switch name {
        case "bias": value = 1
        case "decode": value = logOdds(signals.decode)
        case "least": value = logOdds(signals.least)
        case "reader": value = logOdds(signals.reader)
        case "null": value = logOdds(signals.nothing)
        case "not_found": value = logOdds(signals.notFound)
        case "focus": value = logOdds(signals.focus)
        case "support": value = logOdds(signals.support)
        case "legible": value = logOdds(signals.legible)
        case "label": value = logOdds(signals.label)
        default: throw PinPointError.bundle("There is no signal '\(name)' to weigh: update the library.")
        }
        total += weight * value
    }
    return 1 / (1 + exp(-min(max(total, -30), 30)))
}

/// Geometric mean of the token probabilities, so that a long address is not doubted for its length; 1 for no tokens.
func decodeProbability(_ logs: [Double]) -> Double {
    logs.isEmpty ? 1 : min(1, exp(logs.reduce(0, +) / Double(logs.count)))
}

/// The mean probability of all characters that were read; 1 without any.
func meanProbability(_ texts: [Transcription]) -> Double {
    let count = texts.reduce(0) { $0 + $1.probabilities.count }
    if count == 0 { return 1 }
    return min(1, texts.reduce(0.0) { $0 + $1.probabilities.reduce(0.0) { $0 + Double($1) } } / Double(count))
}

/// The most confidence of "not found" where a host can hardly see whether something is there.
private let mostBlind = 0.5

/// Letters and digits of a page.
private let few = 20

/// Mean probability of a character; sharp print has .97 and more.
private let legible = 0.9

/// The least share of a question's letters in Latin script.
private let latin = 0.5

/// The answer; "not found" is no surer than ``mostBlind`` where the page can hardly be read, or the question not.
func doubted(_ answer: Answer, _ readings: [String], _ question: String) -> Answer {
    if answer.found { return answer }
    let seen = readings.reduce(0) { sum, text in sum + text.unicodeScalars.count { $0.isLetterOrNumber } }
    let letters = question.unicodeScalars.filter(\.isLetter)
    let isLatin = Double(letters.count { $0.properties.name?.contains("LATIN") == true }) >= latin * Double(letters.count)
    if seen >= few && answer.signals.legible >= legible && isLatin { return answer }
    var doubted = answer
    doubted.confidence = min(answer.confidence, mostBlind)
    return doubted
}
