import Foundation
import PinPointORT
import PinPointTesting
import XCTest

@testable import PinPointCore

/// The whole reader on the real int4 bundle, through ONNX Runtime's C API, against the answers that Python gave.
///
/// Environment: `BUNDLE`, its folder, else all is left out; `ANSWERS`, an answers.json that tests/hosts/python_answers.py
/// wrote, with the pages as PNG beside it; `PINPOINT_ONNXRUNTIME`, the library.
final class WholeReaderTests: XCTestCase {
    private func reader() async throws -> PinPoint {
        guard let bundle = ProcessInfo.processInfo.environment["BUNDLE"] else { throw XCTSkip("no bundle") }
        return try await PinPoint(contentsOf: URL(fileURLWithPath: bundle), runner: OrtRunner(threads: 1))
    }

    private func told(_ file: URL) throws -> Json { try Json.parse(Array(Data(contentsOf: file)), file.path) }

    private func isNear(_ wanted: Json?, _ answer: Answer) -> Bool {
        let boxes = wanted?["boxes"]?.items?.map { $0.items!.map { $0.double! } } ?? []
        return boxes.count == answer.boxes.count
            && zip(boxes, answer.boxes).allSatisfy { told, own in
                zip(told, [own.x0, own.y0, own.x1, own.y1]).allSatisfy { abs($0 - $1) <= 1 }
            }
    }

    func testGoldenPages() async throws {
        let reader = try await reader()
        for name in ["receipt", "form"] {
            let folder = goldenFolder.appendingPathComponent("pages/\(name)")
            let page = try await reader.read(readPng(folder.appendingPathComponent("page.png")))
            for question in try told(folder.appendingPathComponent("page.json"))["questions"]!.items! {
                let answer = try await page.ask(question["question"]!.text!)
                XCTAssertEqual(question["answer"]?["text"]?.text, answer.text)
                XCTAssertEqual(question["answer"]?["kind"]?.text, answer.kind.rawValue)
                XCTAssertTrue(isNear(question["answer"], answer), "\(answer.boxes)")
            }
        }
    }

    func testACancelledQuestionCanBeAskedAgain() async throws {
        let reader = try await reader()
        let page = try await reader.read(readPng(goldenFolder.appendingPathComponent("pages/receipt/page.png")))
        var wanted = try await page.ask("What is the total?")
        for stop in [Step.align, .prefill, .decode] {
            let task = Task {
                try await page.ask("What is the date on the receipt?") { step, _, _ in
                    if step == stop { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            let result = await task.result
            XCTAssertThrowsError(try result.get()) { XCTAssertTrue($0 is CancellationError) }
            var again = try await page.ask("What is the total?")
            (wanted.timings, again.timings) = ([], [])
            XCTAssertEqual(wanted, again)
        }
        await reader.releaseMemory()
        let after = try await page.ask("What is the total?")
        XCTAssertEqual(wanted.text, after.text)
    }

    func testAnswersAreThoseOfPython() async throws {
        guard let listed = ProcessInfo.processInfo.environment["ANSWERS"].map(URL.init(fileURLWithPath:)) else {
            throw XCTSkip("no answers of Python")
        }
        let reader = try await reader()
        let cases = try told(listed)["cases"]!.items!
        var pictures: [String] = []
        for own in cases where pictures.last != own["picture"]!.text! { pictures.append(own["picture"]!.text!) }
        var (differing, placed, farthest): ([String], Int, Double) = ([], 0, 0)
        for picture in pictures {
            let page = try await reader.read(readPng(listed.deletingLastPathComponent().appendingPathComponent(picture)))
            for own in cases where own["picture"]!.text! == picture {
                let question = own["question"]!.text!
                let answer = try await page.ask(question)
                let wanted = own["answer"]
                if wanted?["text"]?.text?.points != answer.text?.points {
                    differing.append("\(picture) \(question): \(wanted?["text"]?.text ?? "none"), here \(answer.text ?? "none")")
                }
                if isNear(wanted, answer) { placed += 1 }
                farthest = max(farthest, abs(wanted!["confidence"]!.double! - answer.confidence))
            }
        }
        let apart = String(format: "%.4f", farthest)
        print("\(cases.count - differing.count) of \(cases.count) answers equal, \(placed) with boxes within 1 px;")
        print("confidence at most \(apart) apart")
        differing.forEach { print($0) }
        XCTAssertLessThanOrEqual(differing.count * 100, cases.count)
        XCTAssertGreaterThanOrEqual(placed * 100, 99 * cases.count)
    }
}
