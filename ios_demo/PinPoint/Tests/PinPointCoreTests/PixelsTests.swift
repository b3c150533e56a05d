import XCTest

@testable import PinPointCore

/// Resize, grey, canvas, crops and parts: the golden bytes, and rules for any picture.
final class PixelsTests: XCTestCase {
    private var random = Seeded(7)

    private func noise(_ width: Int, _ height: Int, _ channels: Int) -> Pixels {
        Pixels(width, height, channels, (0..<width * height * channels).map { _ in .random(in: 0...255, using: &random) })
    }

    func testGoldenResizes() throws {
        let golden = try Golden("resize")
        for own in golden.cases["resize"].all {
            let source = try golden.pixels(own["source"]["file"].text, own["source"]["shape"].ints)
            let target = own["target"]["shape"].ints
            let name = own["target"]["file"].text
            XCTAssertEqual(try golden.bytes(name), try source.resized(target[1], target[0]).data, name)
        }
        XCTAssertEqual(try golden.bytes("grey.bin"), try golden.pixels("colour.bin", [67, 83, 3]).grey().data)
    }

    func testGoldenCanvases() throws {
        for own in try Golden("resize").cases["fit_canvas"].all {
            let page = own["page"].ints
            let canvas = try fitCanvas(Pixels(page[1], page[0], 3, [UInt8](repeating: 0, count: page[0] * page[1] * 3)))
            XCTAssertEqual(own["canvas"].ints, [canvas.image.height, canvas.image.width])
            XCTAssertEqual(own["scale"].double, canvas.scale, accuracy: 1e-12)
            XCTAssertEqual(own["used"].ints, [canvas.usedHeight, canvas.usedWidth])
        }
    }

    func testGoldenCrops() throws {
        let golden = try Golden("crop")
        let page = try golden.pixels("page.bin", golden.cases["page"].ints)
        for own in golden.cases["crops"].all {
            let shape = own["shape"].ints
            let name = own["file"].text
            XCTAssertEqual(own["crop_width"].int, cropWidth(own["quad"].quad, shape[0]), name)
            XCTAssertEqual(
                try golden.bytes(name), try cropQuad(page, own["quad"].quad, shape[0], shape[1]).data, name)
        }
        let quads = golden.cases["crops"].all.map(\.["quad"].quad)
        for own in golden.cases["batch_crops"].all {
            let batches = try cropBatches(
                own["grey"].bool ? page.grey() : page, quads, own["height"].int, own["widths"].ints)
            XCTAssertEqual(own["batches"].all.map(\.["indices"].ints), batches.map(\.indices))
            XCTAssertEqual(own["batches"].all.map(\.["used"].ints), batches.map { $0.used.map(Int.init) })
            for (wanted, batch) in zip(own["batches"].all, batches) {
                XCTAssertEqual(try golden.bytes(wanted["file"].text), batch.crops)
            }
        }
    }

    func testGoldenParts() throws {
        let golden = try Golden("parts").cases
        for own in golden["pages"].all {
            let page = own["page"].ints
            let (size, scale) = longCanvas(page[1], page[0])
            XCTAssertEqual(own["canvas"].ints, [size.height, size.width])
            XCTAssertEqual(own["scale"].double, scale, accuracy: 1e-12)
            XCTAssertEqual(own["spans"].rows, parts(size.width, size.height).map { [$0.start, $0.first, $0.stop] })
        }
        for own in golden["long"].all {
            XCTAssertEqual(own["long"].bool, isLong(own["page"].ints[1], own["page"].ints[0]))
        }
    }

    func testTheMapsOfPartsAreTheMapOfTheWhole() {
        for (width, height) in [(480, 2000), (2500, 736)] {
            let canvas = Pixels(width, height, 3, (0..<width * height * 3).map { UInt8($0 % 251) })
            let maps = partsOf(canvas).map { part in
                (0..<part.width * part.height).map { Float(part.data[3 * $0]) }
            }
            let whole = joinedMap(maps, width, height).values
            XCTAssertTrue(whole.indices.allSatisfy { whole[$0] == Float(canvas.data[3 * $0]) })
        }
    }

    func testAResizedPictureStaysWithinItsValues() throws {
        for turn in 0..<60 {
            let source = noise(.random(in: 1...40, using: &random), .random(in: 1...40, using: &random), turn % 2 == 0 ? 3 : 1)
            let (width, height) = (Int.random(in: 1...60, using: &random), Int.random(in: 1...60, using: &random))
            let resized = try source.resized(width, height)
            XCTAssertEqual([width, height, source.channels], [resized.width, resized.height, resized.channels])
            let range = source.data.min()!...source.data.max()!
            XCTAssertTrue(resized.data.allSatisfy(range.contains))
        }
    }

    func testACropOfAnyQuadHasItsSize() throws {
        let page = noise(50, 40, 3)
        for _ in 0..<300 {
            let quad = Quad((0..<8).map { _ in .random(in: -30...90, using: &random) })
            let width = min(cropWidth(quad, 16), 200)
            let crop = try cropQuad(page, quad, 16, width)
            XCTAssertEqual([width, 16], [crop.width, crop.height])
        }
    }

    func testBatchesHoldEveryQuadOnceAndAreNeverTooNarrow() throws {
        let page = noise(200, 60, 1)
        for count in 0..<30 {
            let quads = (0..<count).map { _ in
                let right = 3 + Float(Int.random(in: 0..<190, using: &random))
                return Quad([2, 5, right, 5, right, 20, 2, 20])
            }
            let batches = try cropBatches(page, quads, 16, [32, 64, 128])
            XCTAssertEqual(Array(quads.indices), batches.flatMap(\.indices).sorted())
            XCTAssertTrue(batches.allSatisfy { $0.used.max()! <= $0.width })
        }
    }

    func testABrokenPictureIsRefused() {
        XCTAssertEqual("option", code { try Pixels(width: 0, height: 4, channels: 3, data: []) })
        XCTAssertEqual("option", code { try Pixels(width: 2, height: 2, channels: 4, data: [UInt8](repeating: 0, count: 16)) })
        XCTAssertEqual("option", code { try Pixels(width: 2, height: 2, channels: 3, data: [UInt8](repeating: 0, count: 11)) })
        XCTAssertEqual("option", code { try Pixels(width: .max, height: 65536, channels: 3, data: []) })
        XCTAssertEqual("option", code { try Quad(corners: [1, 2]) })
        XCTAssertEqual("option", code { try Quad(corners: [1, 2, 3, 4, 5, 6, 7, .nan]) })
    }
}

func cropBatches(_ image: Pixels, _ quads: [Quad], _ height: Int, _ widths: [Int]) throws -> [CropBatch] {
    var batches: [CropBatch] = []
    try eachCropBatch(image, quads, height, widths) { batches.append($0) }
    return batches
}
