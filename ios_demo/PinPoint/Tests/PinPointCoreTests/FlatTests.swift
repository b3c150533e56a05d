import XCTest

@testable import PinPointCore

/// Bent and turned pages: slopes, the field of them, the grid and its pixels, and which way is up, as in the golden vectors.
final class FlatTests: XCTestCase {
    private func opened(_ golden: Golden, _ own: Case) throws -> ([Component], Canvas) {
        let name = own["name"].text
        let (shape, size) = (own["shape"].ints, own["size"].ints)
        let grey = try golden.pixels("\(name).grey.bin", [shape[0], shape[1], 1])
        let canvas = Canvas(image: grey, scale: own["scale"].double, usedWidth: size[0], usedHeight: size[1])
        return (findText(try golden.plane("\(name).map.bin", shape[1], shape[0])), canvas)
    }

    private func bend(_ own: Case) -> Bend {
        Bend(places: own["bend"]["nodes"].rows, width: own["bend"]["size"].ints[0], height: own["bend"]["size"].ints[1])
    }

    func testGoldenBends() throws {
        let golden = try Golden("bend")
        for own in golden.cases["pages"].all {
            let (components, canvas) = try opened(golden, own)
            var pieces = findPieces(components)
            assertClose(own["pieces"], pieces.flatMap { [$0.x, $0.y, $0.slope, $0.weight].map { Float($0) } }, 1e-4)
            for n in pieces.indices { pieces[n].slope = inkSlope(pieces[n], canvas.grey) }
            assertClose(own["ink"], pieces.map { Float($0.slope) }, 1e-6)
            let field = fitSlopes(pieces, canvas.usedWidth, canvas.usedHeight)
            assertClose(own["field"], field.slopes.map { Float($0) }, 1e-6)
            let found = findBend(components, canvas, own["tall"].double, own["page"][1].int)
            guard own.has("bend") else {
                XCTAssertNil(found)
                continue
            }
            XCTAssertEqual(own["bend"]["size"].ints, found.map { [$0.width, $0.height] })
            XCTAssertEqual(own["bend"]["nodes"].rows, found?.places, own["name"].text)
            let flat = bend(own).flatten(try golden.pixels("\(own["name"].text).page.bin", own["page"].ints))
            XCTAssertEqual(try golden.bytes("\(own["name"].text).flat.bin"), flat.data)
            for (point, bent) in zip(own["points"].all, own["bent_points"].all) {
                XCTAssertEqual(
                    bent[1].double, bend(own).toBent(point[0].double, point[1].double), accuracy: 1e-4)
            }
        }
    }

    func testABendThroughAnother() throws {
        let golden = try Golden("bend").cases
        let twice = golden["twice"]
        func named(_ name: String) -> Bend { bend(golden["pages"].all.first { $0["name"].text == twice[name].text }!) }
        XCTAssertEqual(twice["nodes"].rows, named("second").of(named("first")).places)
    }

    func testAPageOfAFewLinesIsFlat() throws {
        let golden = try Golden("bend")
        let (components, canvas) = try opened(golden, golden.cases["pages"].all.first { $0.has("bend") }!)
        XCTAssertNil(findBend(Array(components.prefix(3)), canvas, 16, 300))
        XCTAssertNil(findBend([], canvas, 16, 300))
    }

    func testGoldenTurns() throws {
        for own in try Golden("turn").cases["pages"].all {
            let name = own["name"].text
            var texts: [Quad: Transcription] = [:]
            for (prefix, corner) in [("", 0), ("turned_", 2)] {
                for (n, quad) in own["quads"].all.enumerated() {
                    let sure = own["\(prefix)sure"][n].float
                    let count = own["\(prefix)characters"][n].int
                    texts[quad.quad.starting(at: corner)] = Transcription(
                        probabilities: [Float](repeating: sure, count: count))
                }
            }
            var lines = 0
            let read: ReadLines = { found in
                lines += found.count
                return found.map { texts[$0.quad]! }
            }
            let found = own["quads"].all.map { Region(quad: $0.quad, score: 0.9) }
            XCTAssertEqual(own["quarters"].int, try quartersOf(found, read), name)
            XCTAssertEqual(own["upside_down"].bool, try isUpsideDown(found, own["readings"].texts, read), name)
            let single = try withUpwardLines(found, read)
            XCTAssertEqual(own["single_lines"].all.map(\.quad), single.map(\.quad), name)
            if ["upright", "unasked", "short_at_the_margin"].contains(name) { XCTAssertEqual(0, lines) }
        }
    }

    func testPointsGoBackWithTheQuarters() {
        let width = 30
        let given = Pixels(width, 20, 3, (0..<width * 60).map { UInt8($0 * 31 % 251) })
        for quarters in 0..<4 {
            let view = View(given, quarters: quarters)
            for y in 0..<view.page.height {
                for x in 0..<view.page.width {
                    let quad = Quad((0..<8).map { Float($0 % 2 == 0 ? x : y) + 0.5 })
                    let back = view.way.toGiven(quad).corners
                    let at = (Int(back[1]) * width + Int(back[0])) * 3
                    XCTAssertEqual(given.data[at], view.page.data[(y * view.page.width + x) * 3])
                }
            }
        }
    }
}
