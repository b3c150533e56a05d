import XCTest

@testable import PinPointCore

/// The reader over stages that follow simple rules: answers, limits, cancelling, tasks, errors, and open sessions.
final class ReaderTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let runner = FakeRunner()

    override func tearDown() { try? FileManager.default.removeItem(at: folder) }

    private func reader(_ own: FakeRunner? = nil, _ change: (String) -> String = { $0 }) async throws -> PinPoint {
        try await PinPoint(contentsOf: SmallBundle.write(folder, change), runner: own ?? runner)
    }

    private func code(_ body: () async throws -> some Any) async -> String? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? PinPointError)?.code ?? "\(type(of: error))"
        }
    }

    func testASpanHasItsPlace() async throws {
        let page = try await reader().read(barred(3))
        XCTAssertEqual(3, page.regions(of: 0).count)
        let answer = try await page.ask("What is the total?")
        XCTAssertEqual("7", answer.text)
        XCTAssertEqual(.span, answer.kind)
        XCTAssertEqual(0, answer.page)
        let (line, box) = (page.regions(of: 0)[0], answer.boxes[0])
        XCTAssertTrue(box.x0 > line.x0 && box.x1 <= line.x1 + 1e-3 && box.y0 >= line.y0 - 1e-3, "\(box) in \(line)")
        XCTAssertEqual("Total 7", answer.evidence[0].text)
        XCTAssertTrue((0.5...1).contains(answer.confidence))
        XCTAssertEqual(["align", "select", "refine", "prefill", "decode"], answer.timings.map(\.step))
    }

    func testJsonHasTheKeysOfTheSpecification() async throws {
        let text = try await reader().read(barred(1)).ask("Total?").json()
        let json = try Json.parse(Array(text.utf8), "answer")
        let keys = "text found kind confidence page boxes quads evidence source tokens timings".split(separator: " ")
        XCTAssertEqual(Set(keys.map(String.init)), Set(json.members!.keys.map(\.text)))
        let places = keys.map { text.range(of: "\"\($0)\": ")!.lowerBound }
        XCTAssertEqual(places.sorted(), places)
        XCTAssertEqual("7", json["text"]?.text)
    }

    func testAPageWithoutTextAnswersNothing() async throws {
        let answer = try await reader().read(barred(0)).ask("What is the total?")
        XCTAssertNil(answer.text)
        XCTAssertEqual(.notFound, answer.kind)
        XCTAssertEqual(0, answer.tokens.prompt)
        XCTAssertEqual(0.5, answer.confidence, "an empty page proves nothing")
    }

    func testNotFoundIsDoubtedWherePageOrQuestionCannotBeRead() async throws {
        let unsure = FakeRunner(relevance: -9)
        let reader = try await reader(unsure)
        func confidence(_ lines: Int, _ question: String) async throws -> Double {
            try await reader.read(barred(lines)).ask(question).confidence
        }
        for (lines, question, isDoubted) in [
            (3, "Who?", false), (1, "Who?", true), (3, "名前は何ですか Who", true), (3, "Ære, straße, ｗｈｏ 12?", false),
        ] {
            let own = try await confidence(lines, question)
            XCTAssertEqual(isDoubted, own == 0.5, question)
        }
        unsure.legible = 0.8
        let own = try await confidence(3, "Who?")
        XCTAssertEqual(0.5, own, "hard to read")
        XCTAssertNil(unsure.runs["decode"])
    }

    func testABundleOfOtherWeightsBringsItsSizes() async throws {
        let newer = try await reader(runner) { text in
            let changes = [
                ("[64, 128, 256, 512, 1024]", "[96, 192, 384, 768, 1536]"), ("8, 1, 16,", "8, 1, 24,"),
                ("\"height\": 16", "\"height\": 24"), ("\"glance_height\": 16", "\"glance_height\": 24"),
                ("[192, 512]", "[64, 640, 3840]"), ("\"layout\"", "\"rows\""), ("\"1.4\"", "\"1.9\""),
            ]
            return changes.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
        }
        let answer = try await newer.read(barred(3)).ask("What is the total?")
        XCTAssertEqual("7", answer.text)
    }

    func testDerivedAnswersCarryTheirEvidence() async throws {
        runner.wanted = "yes"
        let answer = try await reader().read(barred(1)).ask("Is it paid?")
        XCTAssertEqual(.yes, answer.kind)
        XCTAssertEqual(1, answer.boxes.count)
    }

    func testReadRegionsAreKeptAndFieldsComeInOrder() async throws {
        let reader = try await reader()
        let page = try await reader.read(barred(3))
        var first = try await page.ask("What is the total?")
        let read = runner.runs
        var again = try await page.ask("What is the total?")
        (first.timings, again.timings) = ([], [])
        XCTAssertEqual(first, again)
        XCTAssertEqual(read["refine"], runner.runs["refine"])
        var names: [String] = []
        for try await (name, answer) in page.extract(["b": "Total?", "a": "What?"]) {
            names.append(name)
            XCTAssertEqual("7", answer.text)
        }
        XCTAssertEqual(["b", "a"], names)
        let lines = try await page.transcribe()
        XCTAssertEqual(["Total 7"], lines[0])
        await reader.releaseMemory()
        XCTAssertEqual(0, runner.openCount)
        let after = try await page.ask("What is the total?")
        XCTAssertEqual("7", after.text)
    }

    func testSeveralAndLongPages() async throws {
        let reader = try await reader()
        let document = try await reader.read([barred(2), barred(1)])
        XCTAssertEqual(2, document.pageCount)
        let answer = try await document.ask("Total?")
        XCTAssertEqual("7", answer.text)
        let before = runner.runs["detect"]!
        let long = try await reader.read(barred(20, width: 240, height: 1200))
        XCTAssertEqual(before + 3, runner.runs["detect"])
        XCTAssertEqual(20, long.regions(of: 0).count)
        XCTAssertEqual(830, long.regions(of: 0).last!.y1, accuracy: 40)
    }

    func testCancellingEndsEveryStepAndTheReaderGoesOn() async throws {
        for stage in stageNames {
            let own = FakeRunner()
            let reader = try await reader(own)
            own.onRun = { if $0 == stage { withUnsafeCurrentTask { $0?.cancel() } } }
            let task = Task {
                let page = try await reader.read(barred(3))
                _ = try await page.ask("Total?")
                _ = try await reader.read(barred(1))
            }
            let result = await task.result
            XCTAssertThrowsError(try result.get(), stage) { XCTAssertTrue($0 is CancellationError, "\($0)") }
            own.onRun = { _ in }
            let answer = try await reader.read(barred(3)).ask("Total?")
            XCTAssertEqual("7", answer.text)
        }
    }

    func testTasksTakeTurns() async throws {
        let page = try await reader().read(barred(3))
        nonisolated(unsafe) var (inside, most) = (0, 0)
        runner.onRun = { _ in
            inside += 1
            most = max(most, inside)
            usleep(500)
            inside -= 1
        }
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<4 { group.addTask { try await page.ask("What is the total?").text } }
            for try await text in group { XCTAssertEqual("7", text) }
        }
        XCTAssertEqual(1, most)
    }

    func testFailuresNameTheStage() async throws {
        for stage in ["detect", "decode"] {
            let own = FakeRunner()
            let reader = try await reader(own)
            own.onRun = { if $0 == stage { throw RunnerError("broken graph") } }
            do {
                _ = try await reader.read(barred(1)).ask("Total?")
                XCTFail("no error")
            } catch let error as PinPointError {
                XCTAssertEqual("inference", error.code)
                XCTAssertTrue(error.message.contains(stage))
            }
            own.onRun = { _ in }
            let answer = try await reader.read(barred(1)).ask("Total?")
            XCTAssertEqual("7", answer.text)
        }
    }

    func testSenselessCallsAreRefused() async throws {
        let reader = try await reader()
        let page = try await reader.read(barred(1))
        let codes = [
            await code { try await page.ask("  ") }, await code { try await page.ask("Total?", coverage: 0) },
            await code { try await page.ask("Total?", tokenBudget: 5000) },
            await code { for try await _ in page.extract([:]) {} },
            await code { try await reader.read([Pixels]()) },
            await code { try await reader.read(Pixels(2, 2, 1, [0, 0, 0, 0])) },
            await code { try await reader.read(Pixels(20_001, 1, 3, [UInt8](repeating: 0, count: 60_003))) },
        ]
        XCTAssertEqual(["instruction", "option", "option", "option", "page", "page", "page"], codes)
        struct Other: Runner {
            let targets = ["onnx"]
            func open(_ stage: StageFile) throws -> any Session { throw RunnerError("") }
            func openCache(_ stage: StageFile, capacity: Int) throws -> any KvCache { throw RunnerError("") }
        }
        let folder = folder
        let refused = await code { try await PinPoint(contentsOf: folder, runner: Other()) }
        XCTAssertEqual("backend", refused)
    }
}
