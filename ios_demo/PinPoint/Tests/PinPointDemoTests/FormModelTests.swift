import Foundation
import XCTest

@testable import PinPointCore
@testable import PinPointDemo

private func answer(_ text: String?, page: Int? = 0) -> Answer {
    Answer(
        text: text, kind: text == nil ? .notFound : .span, confidence: 0.91234, page: text == nil ? nil : page,
        quads: text == nil ? [] : [Quad([1, 2, 11, 2, 11, 6, 1, 6])], evidence: [],
        tokens: TokenCount(evidence: 0, visual: 0, prompt: 0, answer: 0, budget: 1, pageEstimate: 0, dropped: 0),
        signals: Signals(), timings: [])
}

/// Answers "What is x?" by "x", and nothing else; waits where it is told to.
private struct Fake: FormReader, FormPages {
    let pageCount = 2
    var waits = false

    func open(_ pages: [Pixels], _ progress: @escaping ProgressHandler) async throws -> any FormPages {
        progress(.detect, 1, 2)
        return self
    }

    func ask(_ question: String, _ progress: @escaping ProgressHandler) async throws -> Answer {
        if question == "broken" { throw PinPointError.inference("Stage decode failed: take another bundle.") }
        if waits { try await Task.sleep(nanoseconds: 60_000_000_000) }
        return answer(question.hasPrefix("What") ? "42" : nil, page: 1)
    }

    func releaseMemory() async {}
}

@MainActor
final class FormModelTests: XCTestCase {
    private let page = Pixels(20, 10, 3, [UInt8](repeating: 255, count: 600))

    private func model(_ fake: Fake = Fake()) -> FormModel { FormModel { _, _ in fake } }

    func testTheWayFromABundleToAnAnswer() async {
        let model = model()
        XCTAssertEqual(.withoutBundle, model.phase)
        await model.show([page])
        XCTAssertEqual([], model.pages)
        await model.open(URL(fileURLWithPath: "/b"))
        XCTAssertEqual(.withoutPage, model.phase)
        XCTAssertFalse(model.canAsk)
        await model.show([page, page])
        XCTAssertEqual(.ready, model.phase)
        XCTAssertFalse(model.canAsk, "the question is empty")
        model.question = "What is the total?"
        await model.ask()
        XCTAssertEqual(["42"], model.results.map(\.answer.text))
        XCTAssertEqual(1, model.page, "the page of the answer is shown")
        await model.show([page])
        XCTAssertEqual([], model.results, "another page, other answers")
    }

    func testAProblemIsShownAndTheRestStays() async {
        let model = model()
        await model.open(URL(fileURLWithPath: "/b"))
        await model.show([page])
        await model.extract([Field(name: "a", question: "What?"), Field(name: "b", question: "broken")])
        XCTAssertEqual(["a"], model.results.map(\.name))
        XCTAssertEqual("Stage decode failed: take another bundle.", model.problem)
        XCTAssertEqual(.ready, model.phase)
        await model.extract([Field(name: "c", question: "Who?")])
        XCTAssertNil(model.problem)
        XCTAssertEqual(2, model.results.count)
    }

    func testABundleThatDoesNotOpen() async {
        let model = FormModel { _, _ in throw PinPointError.bundle("no bundle; get it again") }
        await model.open(URL(fileURLWithPath: "/b"))
        XCTAssertEqual(.withoutBundle, model.phase)
        XCTAssertEqual("no bundle; get it again", model.problem)
    }

    func testWorkThatIsStoppedInTheBackground() async throws {
        let model = model(Fake(waits: true))
        await model.open(URL(fileURLWithPath: "/b"))
        await model.show([page])
        let asking = Task { await model.extract([Field(name: "a", question: "What?")]) }
        while model.phase != .answering { await Task.yield() }
        await model.releaseMemory(stopping: true)
        await asking.value
        XCTAssertEqual(.ready, model.phase)
        XCTAssertNil(model.problem)
        XCTAssertEqual([page], model.pages)
        XCTAssertEqual([], model.results)
    }

    func testResultsAsJsonAndCsv() async throws {
        let results = [
            FormModel.Result(id: 0, name: "to,tal", answer: answer("=1+\"2\"")),
            FormModel.Result(id: 1, name: "who", answer: answer(nil)),
        ]
        XCTAssertEqual(
            "name,answer,confidence,page\r\n\"to,tal\",\"'=1+\"\"2\"\"\",0.9123,1\r\nwho,,0.9123,\r\n", resultsCsv(results))
        let json = try Json.parse(Array(resultsJson(results).utf8), "results")
        XCTAssertEqual("=1+\"2\"", json["fields"]?["to,tal"]?["text"]?.text)
        XCTAssertEqual(0.9123, json["fields"]?["who"]?["confidence"]?.double)
        XCTAssertEqual(.bool(false), json["fields"]?["who"]?["found"])
    }

    func testAPointUnderTheFingersStays() async {
        var view = Viewport(width: 200, height: 300)
        let quad = Quad([5, 5, 15, 5, 15, 8, 5, 8])
        XCTAssertEqual(10, view.placement(page).scale)
        let before = view.corners(quad, page)
        view.magnify(3, x: before[0], y: before[1])
        let after = view.corners(quad, page)
        XCTAssertEqual(before[0], after[0], accuracy: 1e-9)
        XCTAssertEqual(before[1], after[1], accuracy: 1e-9)
        XCTAssertEqual(3 * (before[2] - before[0]), after[2] - after[0], accuracy: 1e-9)
        view.magnify(100, x: 0, y: 0)
        XCTAssertEqual(Viewport.most, view.zoom)
        view.magnify(0.001, x: 7, y: 7)
        XCTAssertEqual(Viewport(width: 200, height: 300), view)
    }

    func testPlacesInWords() async {
        XCTAssertEqual("top left", placeInWords(Box(x0: 0, y0: 0, x1: 10, y1: 10), width: 100, height: 100))
        XCTAssertEqual("middle", placeInWords(Box(x0: 45, y0: 45, x1: 55, y1: 55), width: 100, height: 100))
        XCTAssertEqual("bottom right", placeInWords(Box(x0: 90, y0: 90, x1: 110, y1: 100), width: 100, height: 100))
    }
}
