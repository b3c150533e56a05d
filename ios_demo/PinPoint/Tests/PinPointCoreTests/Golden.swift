import Foundation
import PinPointTesting
import XCTest

@testable import PinPointCore

/// The golden files of `tests/golden`, which docs/golden.md describes.
struct Golden {
    private let folder: URL
    let cases: Case

    init(_ folder: String, _ file: String = "cases.json") throws {
        self.folder = goldenFolder.appendingPathComponent(folder)
        cases = Case(try Json.parse(Array(Data(contentsOf: self.folder.appendingPathComponent(file))), file))
    }

    func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: file(name))) }

    /// Little-endian values in a row.
    func values<T>(_ name: String, _ kind: T.Type) throws -> [T] {
        try bytes(name).withUnsafeBytes { Array($0.bindMemory(to: T.self)) }
    }

    /// A map of probabilities, byte / 255.
    func plane(_ name: String, _ width: Int, _ height: Int) throws -> Plane {
        Plane(width: width, height: height, values: try bytes(name).map { Float($0) / 255 })
    }

    /// A picture of raw bytes, of the shape (height, width, channels).
    func pixels(_ name: String, _ shape: [Int]) throws -> Pixels {
        try Pixels(width: shape[1], height: shape[0], channels: shape[2], data: bytes(name))
    }
}

/// A value of a golden file with the kinds that it is taken for.
struct Case {
    let value: Json

    init(_ value: Json) { self.value = value }

    subscript(_ name: String) -> Case {
        guard let member = value[name] else { fatalError("no \(name)") }
        return Case(member)
    }

    subscript(_ index: Int) -> Case { Case(value.items![index]) }

    func has(_ name: String) -> Bool { value[name] != nil && value[name] != .null }

    var all: [Case] { value.items!.map(Case.init) }
    var entries: [(String, Case)] { value.members!.map { ($0.key.text, Case($0.value)) }.sorted { $0.0 < $1.0 } }
    var text: String { value.text! }
    var bool: Bool { value == .bool(true) }
    var double: Double { value.double! }
    var float: Float { Float(double) }
    var int: Int { value.int! }
    var ints: [Int] { all.map(\.int) }
    var doubles: [Double] { all.map(\.double) }
    var texts: [String] { all.map(\.text) }
    var rows: [[Int]] { all.map(\.ints) }
    var quad: Quad { Quad(floats) }

    /// Numbers of any nesting as one array.
    var floats: [Float] { value.items?.flatMap { Case($0).floats } ?? [float] }
}

/// Numbers from a seed, alike in every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {  // SplitMix64
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Texts are equal by their code points, not by how they look.
func assertSame(_ expected: String, _ actual: String, _ note: String = "", line: UInt = #line) {
    XCTAssertEqual(expected.points, actual.points, "'\(expected)' '\(actual)' \(note)", line: line)
}

func assertClose(
    _ expected: Case, _ actual: [Float], _ within: Float, _ note: String = "", file: StaticString = #filePath,
    line: UInt = #line
) {
    let wanted = expected.floats
    XCTAssertEqual(wanted.count, actual.count, note, file: file, line: line)
    for (n, (one, other)) in zip(wanted, actual).enumerated() where abs(one - other) > within {
        XCTFail("value \(n): \(one) is not \(other) \(note)", file: file, line: line)
    }
}

/// The code of the error that a call throws.
func code(_ body: () throws -> some Any) -> String? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? PinPointError)?.code ?? "\(error)"
    }
}
