import XCTest

@testable import PinPointCore

/// Trigrams, matches, choice, tokenizer, prompt, constrained decoding, confidence: the golden cases, and rules for any text.
final class TextTests: XCTestCase {
    private static func tokenizer() throws -> Tokenizer {
        try Tokenizer(Golden("tokenizer").bytes("tokenizer.json"), "tokenizer.json")
    }

    private func piece(_ own: Case) -> Piece {
        let items = own.all
        let more = items.dropFirst(3).compactMap(\.value.int)
        return Piece(
            region: items[0].int, text: items[1].text, page: items[2].int, cell: more.first ?? 0,
            table: more.count > 1 ? more[1] : -1)
    }

    func testGoldenTrigrams() throws {
        let golden = try Golden("trigrams").cases
        for own in golden["texts"].all {
            let text = own["text"].text
            assertSame(own["normalised"].text, normalise(text))
            assertSame(own["content"].text, content(text))
            XCTAssertEqual(own["count"].int, trigramCount(text))
            XCTAssertEqual(own["ids"].ints, trigramIds(text, golden["length"].int).map(Int.init), text)
        }
        let page = golden["page"]
        let layout = Layout(
            rows: page["rows"].rows, cell: page["cell"].ints, table: page["table"].ints,
            geometry: page["geometry"].floats)
        for own in golden["questions"].all {
            assertClose(own["match"], matchFeatures(own["question"].text, page["readings"].texts, layout), 1e-6)
        }
    }

    func testCaseIsFoldedInFull() {
        for (text, folded) in [
            ("STRAẞE", "strasse"), ("ΣΣς", "σσσ"), ("İı", "i\u{307}ı"), ("ꭰ", "Ꭰ"), ("ﬁ", "fi"),
        ] { assertSame(folded, foldCase(text)) }
    }

    func testGoldenChoices() throws {
        for own in try Golden("selection").cases["select"].all {
            let logits = own["relevance"].floats
            let limits = Limits(coverage: own["coverage"].double, tokenBudget: own["budget"].int)
            let chosen = try select(
                Array(logits.dropLast()), null: logits.last!, own["costs"].ints, limits, SelectionParameters())
            let wanted = own["selection"]
            XCTAssertEqual(wanted["indices"].ints, chosen.indices)
            XCTAssertEqual(wanted["found"].bool, chosen.found)
            XCTAssertEqual(wanted["covered"].double, chosen.covered, accuracy: 2e-9)
            XCTAssertEqual(wanted["null"].double, chosen.nothing, accuracy: 2e-9)
            XCTAssertEqual(wanted["estimated_tokens"].int, chosen.tokens)
            for (share, own) in zip(wanted["relevance"].doubles, chosen.relevance) {
                XCTAssertEqual(share, own, accuracy: 2e-9)
            }
        }
        for coverage in [0, 1.1, Double.nan] {
            let limits = Limits(coverage: coverage, tokenBudget: 5)
            XCTAssertEqual("option", code { try select([1], [1], limits, SelectionParameters()) })
        }
    }

    func testAChoiceStaysWithinItsBudget() throws {
        var random = Seeded(11)
        for _ in 0..<200 {
            let count = Int.random(in: 1...20, using: &random)
            let logits = (0..<count).map { _ in Float(Int.random(in: -3...3, using: &random)) }
            let costs = (0..<count).map { _ in Int.random(in: 1...30, using: &random) }
            let budget = Int.random(in: 1...100, using: &random)
            let chosen = try select(logits, costs, Limits(coverage: 0.9, tokenBudget: budget), SelectionParameters())
            XCTAssertTrue(chosen.tokens <= budget || chosen.indices.count == 1)
            XCTAssertEqual(chosen.indices.sorted(), chosen.indices)
            let all = withCompanions(chosen, logits, costs, budget) { _ in [0, count - 1] }
            XCTAssertTrue(Set(all).isSuperset(of: chosen.indices))
            XCTAssertTrue(all.reduce(0) { $0 + costs[$1] } <= budget || all.count == 1)
        }
    }

    func testGoldenIds() throws {
        let tokenizer = try Self.tokenizer()
        let golden = try Golden("tokenizer").cases
        XCTAssertEqual(golden["vocabulary"].int, tokenizer.vocabulary)
        for own in golden["cases"].all {
            let ids = tokenizer.encode(own["text"].text).map(Int.init)
            XCTAssertEqual(own["ids"].ints, ids, own["text"].text)
            let hex = ids.map { tokenizer.bytesTable[$0].map { String(format: "%02x", $0) }.joined() }
            XCTAssertEqual(own["token_bytes_hex"].texts, hex)
        }
    }

    func testTheBytesOfTheIdsAreThoseOfTheText() throws {
        let tokenizer = try Self.tokenizer()
        var random = Seeded(2)
        let letters = "aé1 \t\n'sß€合☑🧾.,-".points
        for _ in 0..<300 {
            let count = Int.random(in: 0..<20, using: &random)
            let text = String(points: (0..<count).map { _ in letters.randomElement(using: &random)! })
            XCTAssertEqual(Array(text.utf8), tokenizer.encode(text).flatMap { tokenizer.bytesTable[Int($0)] })
        }
    }

    func testGoldenPrompts() throws {
        let tokenizer = try Self.tokenizer()
        for own in try Golden("prompt").cases["cases"].all {
            let rows = own["rows"].all.map { $0.all.map(piece) }
            let prompt = try tokenizer.prompt(own["instruction"].text, rows)
            XCTAssertEqual(own["ids"].ints, prompt.ids.map(Int.init))
            XCTAssertEqual(own["visual_order"].ints, prompt.visualOrder)
            XCTAssertEqual(own["spans"].rows, prompt.spans.map { [$0.lowerBound, $0.upperBound] })
            XCTAssertEqual(own["prefix_length"].int, prompt.prefixLength)
            XCTAssertEqual(own["question_start"].int, prompt.questionStart)
        }
    }

    func testEmptyAndLongQuestionsAreRefused() throws {
        for question in ["", " \n\u{2028}", String(repeating: "x", count: 2001)] {
            XCTAssertEqual("instruction", code { try checkQuestion(question) })
        }
        assertSame("a b", try checkQuestion("\u{a0}a\nb "))
    }

    func testGoldenAnswers() throws {
        let tokenizer = try Self.tokenizer()
        let table = TokenTable(tokenizer.bytesTable, endId: try tokenizer.controlId(endToken))
        let golden = try Golden("grounding").cases
        for own in golden["words"].all {
            XCTAssertEqual(own["starts"].ints, wordStarts(own["text"].text), own["text"].text)
            XCTAssertEqual(own["ends"].ints, wordEnds(own["text"].text), own["text"].text)
        }
        let rows = golden["rows"].all.map { $0.all.map(piece) }
        let quotable = QuotableText(
            rows, geometry: golden["geometry"].floats, relevance: golden["relevance"].floats)
        XCTAssertEqual(golden["successors"].rows, quotable.successors)
        for own in golden["answers"].all {
            var automaton = Automaton(table, quotable, own["question"].text)
            for step in own["steps"].all {
                XCTAssertEqual(step["allowed"].ints, automaton.allowed())
                try automaton.push(step["push"].int)
            }
            let found = automaton.finish()
            assertSame(own["text"].text, found.text)
            XCTAssertEqual(own["kind"].text, found.kind.rawValue)
            func numbers(_ spans: [Span]) -> [[Int]] { spans.map { [$0.region, $0.start, $0.end] } }
            XCTAssertEqual(own["pieces"].rows, numbers(found.pieces))
            XCTAssertEqual(own["alternatives"].all.map(\.rows), found.alternatives.map(numbers))
        }
        var empty = Automaton(table, QuotableText([], geometry: [], relevance: []), "?")
        XCTAssertEqual("option", code { try empty.push(table.endId) })
        XCTAssertEqual("option", code { try empty.push(Int(tokenizer.encode("zzz")[0])) })
    }

    func testEveryAnswerIsOnThePage() throws {
        let tokenizer = try Self.tokenizer()
        let table = TokenTable(tokenizer.bytesTable, endId: try tokenizer.controlId(endToken))
        var random = Seeded(13)
        let words = ["Total:", "RM60.30", "5/22/20-5/28/20", "(a)", "合計", "x", "\"best\"", "O'Neil", "1,234.50"]
        for _ in 0..<60 {
            let rows = (0..<Int.random(in: 1...3, using: &random)).map { row in
                (0..<Int.random(in: 1...2, using: &random)).map { column in
                    let count = Int.random(in: 1...4, using: &random)
                    let text = (0..<count).map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
                    return Piece(region: 2 * row + column, text: text)
                }
            }
            let geometry = (0..<24).map { $0 % 4 < 2 ? Float.random(in: 0..<1, using: &random) : 0.2 }
            let relevance = (0..<6).map { _ in Float.random(in: 0..<1, using: &random) }
            let quotable = QuotableText(rows, geometry: geometry, relevance: relevance)
            var automaton = Automaton(table, quotable, "how many?")
            for _ in 0..<40 {
                let choice = try XCTUnwrap(automaton.allowed().randomElement(using: &random))
                try automaton.push(choice)
                if choice == table.endId { break }
            }
            let found = automaton.finish()
            guard found.kind == .span else { continue }
            let texts = Dictionary(uniqueKeysWithValues: rows.flatMap { $0 }.map { ($0.region, $0.text.points) })
            let quoted = found.pieces.map { String(points: texts[$0.region]![$0.start..<$0.end]) }
            assertSame(quoted.joined(separator: " "), found.text)
        }
    }

    func testGoldenConfidences() throws {
        let further = try Golden("confidence", "further.json").cases["cases"].all
        for own in try Golden("confidence").cases["cases"].all + further {
            func signal(_ name: String) -> Double { own["signals"].has(name) ? own["signals"][name].double : 1 }
            let signals = Signals(
                decode: signal("decode"), least: signal("least"), reader: signal("reader"), nothing: signal("null"),
                notFound: signal("not_found"), focus: signal("focus"), support: signal("support"),
                legible: signal("legible"), label: signal("label"))
            var weights: [String: [String: Double]] = [:]
            for (kind, of) in own["weights"].entries {
                weights[kind] = Dictionary(uniqueKeysWithValues: of.entries.map { ($0.0, $0.1.double) })
            }
            let confidence = try confidenceOf(signals, found: own["found"].bool, weights)
            XCTAssertEqual(own["confidence"].double, confidence, accuracy: 2e-9)
        }
    }
}
