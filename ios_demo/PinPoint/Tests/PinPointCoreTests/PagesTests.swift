import PinPointTesting
import XCTest

@testable import PinPointCore

/// The golden pages: every step that needs no graph gives the recorded values.
final class PagesTests: XCTestCase {
    private struct Page {
        let told: Case
        let pixels: Pixels
        let canvas: Canvas
        let found: [Region]

        init(_ name: String) throws {
            let golden = try Golden("pages/\(name)", "page.json")
            told = golden.cases
            pixels = try readPng(golden.file("page.png"))
            canvas = try fitCanvas(pixels)
            found = told["found"].all.map { Region(quad: $0["quad"].quad, score: $0["score"].double) }
        }

        func laidOut(_ order: String) -> LaidOut { layOut(found, canvas, pixels.width, pixels.height, by: order) }
    }

    private func pages() throws -> [Page] { try ["receipt", "form"].map(Page.init) }

    func testCanvases() throws {
        for page in try pages() {
            let told = page.told["canvas"]
            XCTAssertEqual(page.told["page_sha256"].text, Sha256.hex(page.pixels.data))
            XCTAssertEqual(told["size"].ints, [page.canvas.image.height, page.canvas.image.width])
            XCTAssertEqual(told["used"].ints, [page.canvas.usedWidth, page.canvas.usedHeight])
            XCTAssertEqual(told["sha256"].text, Sha256.hex(page.canvas.image.data))
            XCTAssertEqual(told["grey_sha256"].text, Sha256.hex(page.canvas.grey.data))
        }
    }

    func testOrders() throws {
        for page in try pages() {
            XCTAssertEqual(page.told["skew"].double, estimateSkew(page.found), accuracy: 1e-9)
            for order in ["rows", "layout"] {
                let (regions, layout) = page.laidOut(order)
                XCTAssertEqual(page.told[order]["order"].ints, regions.map { page.found.firstIndex(of: $0)! })
                XCTAssertEqual(page.told[order]["rows"].rows, layout.rows)
            }
            let told = page.told["layout"]
            let layout = page.laidOut("layout").layout
            XCTAssertEqual(told["cell"].ints, layout.cell)
            XCTAssertEqual(told["table"].ints, layout.table)
            let cells = layout.cells()
            for (place, own) in told["places"].all.enumerated() {
                let range = 4 * place..<4 * place + 4
                assertClose(own, Array(layout.geometry[range] + cells[range]), 1e-6)
                XCTAssertEqual(told["companions"][place].ints, layout.companions(place))
            }
        }
    }

    func testCrops() throws {
        let widths = [192, 512, 1280, 2560]
        for page in try pages() {
            let quads = page.laidOut("rows").regions.map(\.quad)
            let seen = try cropBatches(page.pixels.grey(), quads, 16, glanceWidths(16))
            XCTAssertEqual(page.told["glance"].all.map(\.["sha256"].text), seen.map { Sha256.hex($0.crops) })
            for question in page.told["questions"].all {
                let chosen = question["refined"].all.map { quads[$0["region"].int] }
                let batches = try widths.flatMap { width in
                    let group = chosen.filter { quad in widths.first { cropWidth(quad, refineHeight) <= $0 } == width }
                    return try cropBatches(page.pixels, group, refineHeight, [width])
                }
                XCTAssertEqual(
                    Set(question["refine"].all.map(\.["sha256"].text)), Set(batches.map { Sha256.hex($0.crops) }))
                XCTAssertEqual(
                    Set(question["refine"].all.map(\.["used"].ints)), Set(batches.map { $0.used.map(Int.init) }))
            }
        }
    }

    func testChoices() throws {
        for page in try pages() {
            let layout = page.laidOut("rows").layout
            let readings = page.told["readings"].texts
            let costs = page.told["costs"].ints
            XCTAssertEqual(costs, readings.map(estimateTokens))
            for question in page.told["questions"].all {
                let text = question["question"].text
                assertSame(question["content"].text, content(text))
                XCTAssertEqual(question["instruction"].ints, instructionIds(text, 64).map(Int.init))
                let match = matchFeatures(text, readings, layout)
                for (place, row) in question["match"].all.enumerated() {
                    let start = place * matchColumns
                    assertClose(row, Array(match[start..<start + row.all.count]), 1e-6)
                }
                let scores = question["scores"].floats
                let chosen = try select(
                    scores, costs, Limits(coverage: 0.8, tokenBudget: 256), SelectionParameters())
                XCTAssertEqual(question["found"].bool, chosen.found)
                XCTAssertEqual(question["null"].double, chosen.nothing, accuracy: 1e-6)
                XCTAssertEqual(
                    question["chosen"].ints, withCompanions(chosen, scores, costs, 256, layout.companions))
                XCTAssertEqual(
                    question["bias"].double, notFoundBias(question["null"].double, NotFoundPrior()), accuracy: 1e-9)
            }
        }
    }
}
