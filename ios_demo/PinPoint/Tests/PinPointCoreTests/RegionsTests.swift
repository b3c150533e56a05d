import PinPointTesting
import XCTest

@testable import PinPointCore

/// Components, regions, rows, layouts, documents and transcriptions: the golden cases, and rules for any map.
final class RegionsTests: XCTestCase {
    func testGoldenRegions() throws {
        let golden = try Golden("components")
        for own in golden.cases["find_regions"].all {
            let (shape, page) = (own["shape"].ints, own["page_size"].ints)
            let plane = try golden.plane(own["file"].text, shape[1], shape[0])
            let found = regionsOf(findText(plane), scale: own["scale"].double, pageWidth: page[0], pageHeight: page[1])
            let wanted = own["regions"].all
            XCTAssertEqual(wanted.count, found.count)
            for (region, own) in zip(wanted, found) {
                assertClose(region["quad"], own.quad.corners, 1e-4)
                XCTAssertEqual(region["score"].double, own.score, accuracy: 1e-6)
            }
            let skew = estimateSkew(found)
            XCTAssertEqual(own["skew"].double, skew, accuracy: 1e-6)
            XCTAssertEqual(own["rows"].rows, readingOrder(found, skew))
            assertClose(own["geometry"], geometry(found, page[0], page[1], skew), 1e-6)
        }
    }

    func testGoldenLayouts() throws {
        let golden = try Golden("layout")
        for (name, own) in golden.cases.entries {
            let canvas = try readPng(golden.file("\(name).png"))
            let slope = slopeOf(own["skew"].double)
            XCTAssertEqual(own["slope"].int, slope)
            let boxes = uprightBoxes(own["quads"].all.map { $0.floats.map { Int($0) } }, slope)
            XCTAssertEqual(own["boxes"].rows, boxes.map { [$0.u0, $0.v0, $0.u1, $0.v1] }, name)
            let rules = findRules(canvas, boxes, slope)
            XCTAssertEqual(own["level"].rows, rules.level.map { [$0.at, $0.start, $0.stop] }, name)
            XCTAssertEqual(own["upright"].rows, rules.upright.map { [$0.at, $0.start, $0.stop] }, name)
            let blocks = arrange(boxes, rules)
            assertTree(own["tree"], blocks.root, name)
            XCTAssertEqual(own["rows"].rows, blocks.rows, name)
            XCTAssertEqual(own["cell"].ints, blocks.cell, name)
            XCTAssertEqual(own["table"].ints, blocks.table, name)
        }
    }

    private func assertTree(_ wanted: Case, _ block: Block, _ name: String) {
        XCTAssertEqual(wanted["kind"].text, block.kind.rawValue, name)
        XCTAssertEqual(wanted["box"].ints, [block.box.u0, block.box.v0, block.box.u1, block.box.v1], name)
        guard wanted.has("children") else { return XCTAssertEqual(wanted["rows"].rows, block.rows, name) }
        XCTAssertEqual(wanted["children"].all.count, block.children.count, name)
        for (own, child) in zip(wanted["children"].all, block.children) { assertTree(own, child, name) }
    }

    func testGoldenDocuments() throws {
        let golden = try Golden("documents").cases
        for own in golden["pages"].all {
            let boxes = own["boxes"].rows.map { UvBox(u0: $0[0], v0: $0[1], u1: $0[2], v1: $0[3]) }
            let rules = own["rules"].rows.map { Rule(at: $0[0], start: $0[1], stop: $0[2]) }
            XCTAssertEqual(own["documents"].rows, findDocuments(boxes, rules), own["name"].text)
        }
        let framing = golden["framed"]
        assertClose(framing["on_documents"], framed(framing["geometry"].floats, framing["documents"].ints), 1e-6)
        let named = golden["named"]
        for own in named["questions"].all {
            let wanted = own.has("names") ? own["names"].int : nil
            let found = namedDocument(own["question"].text, named["readings"].texts, named["documents"].ints)
            XCTAssertEqual(wanted, found, own["question"].text)
        }
    }

    func testGoldenTranscriptions() throws {
        let golden = try Golden("ctc")
        let classes = try golden.values("classes.bin", Int32.self)
        let likely = try golden.values("probabilities.bin", Float.self)
        for own in golden.cases["decode"].all {
            let shape = own["shape"].ints
            let frames = Frames(
                classes: classes, probabilities: likely, offset: own["offset"].int, count: shape[0],
                stride: shape.count > 1 ? shape[1] : 1)
            let read = try decodeCtc(frames, golden.cases["characters"].texts, used: own["used"].double)
            assertSame(own["text"].text, read.text)
            assertClose(own["probabilities"], read.probabilities, 1e-6)
            assertClose(own["spans"], zip(read.starts, read.ends).flatMap { [Float($0), Float($1)] }, 2e-6)
        }
        let alien = Frames(classes: [9], probabilities: nil, offset: 0, count: 1, stride: 1)
        XCTAssertEqual("bundle", code { try decodeCtc(alien, ["", "a"], used: 1) })
    }

    func testComponentsHoldEveryPixelOnce() {
        var random = Seeded(3)
        for _ in 0..<40 {
            let (width, height) = (Int.random(in: 1...30, using: &random), Int.random(in: 1...30, using: &random))
            let values = (0..<width * height).map { _ in Float(Int.random(in: 0..<100, using: &random) < 45 ? 1 : 0) }
            let found = findComponents(Plane(width: width, height: height, values: values), above: 0.5)
            XCTAssertEqual(flooded(width, height, values), found.count)
            XCTAssertTrue(found.allSatisfy { $0.score == 1 })
        }
    }

    /// The number of components, by filling them one after the other.
    private func flooded(_ width: Int, _ height: Int, _ values: [Float]) -> Int {
        var left = values
        var count = 0
        for start in left.indices where left[start] != 0 {
            count += 1
            left[start] = 0
            var open = [start]
            while let at = open.popLast() {
                for y in max(at / width - 1, 0)...min(at / width + 1, height - 1) {
                    for x in max(at % width - 1, 0)...min(at % width + 1, width - 1) where left[y * width + x] != 0 {
                        left[y * width + x] = 0
                        open.append(y * width + x)
                    }
                }
            }
        }
        return count
    }

    func testTheSmallestRectangleHoldsItsPoints() {
        var random = Seeded(5)
        for _ in 0..<100 {
            let points = (0..<40).map { _ in Double(Int.random(in: 0..<50, using: &random)) } + [0, 0, 1, 0, 0, 1, 1, 1]
            let quad = minimumRectangle(points)
            let (width, height) = (textWidth(quad), textHeight(quad))
            for i in stride(from: 0, to: points.count, by: 2) {
                let (x, y) = (points[i] - quad[0], points[i + 1] - quad[1])
                let u = (x * (quad[2] - quad[0]) + y * (quad[3] - quad[1])) / width
                let v = (x * (quad[6] - quad[0]) + y * (quad[7] - quad[1])) / height
                XCTAssertTrue(u > -1e-6 && u < width + 1e-6 && v > -1e-6 && v < height + 1e-6)
            }
            let box = boundsOf(points)
            XCTAssertLessThanOrEqual(width * height, box.width * box.height + 1e-6)
        }
    }

    func testTheWeightedMedianIsTheFirstToReachHalf() {
        XCTAssertEqual(2, weightedMedian([3, 1, 2], [1, 1, 1]))
        XCTAssertEqual(1, weightedMedian([3, 1], [1, 1]))
        XCTAssertEqual(0, weightedMedian([], []))
    }
}
