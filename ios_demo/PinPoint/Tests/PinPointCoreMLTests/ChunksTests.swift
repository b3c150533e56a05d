import PinPointCore
import XCTest

@testable import PinPointCoreML

/// Runs of fixed sizes: their feeds, and that they read what single rows read.
final class ChunksTests: XCTestCase {
    private let stage = StageFile(
        stage: "decode", file: URL(fileURLWithPath: "/decode"),
        inputs: [TensorSpec(name: "visual", dtype: "float32", shape: [.free("q"), .fixed(2)])],
        outputs: [TensorSpec(name: "logits", dtype: "float32", shape: [.fixed(1), .fixed(10)])],
        buckets: [["q": 1], ["q": 64]], dtypes: [:], computeUnits: nil, bundleDigest: "")

    /// Checks every feed and keeps the rows that count, as a model with states does.
    private final class StateDouble: Session {
        var rows: [[Float]] = []
        var sizes: [Int] = []

        func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
            guard case .ints(let shape, let ids) = inputs["ids"], case .floats(let wide, let visual) = inputs["visual"],
                case .ints(_, let position) = inputs["position"], case .ints(_, let valid) = inputs["valid"]
            else { throw RunnerError("a feed is missing") }
            XCTAssertEqual([1, ids.count], shape)
            XCTAssertEqual([ids.count, 2], wide)
            XCTAssertTrue([1, 64].contains(ids.count))
            XCTAssertLessThanOrEqual(Int(position[0]), rows.count)
            XCTAssertLessThanOrEqual(Int(position[0]) + ids.count, 128)
            rows.removeSubrange(Int(position[0])...)
            for id in ids.prefix(Int(valid[0])) {
                let slot = Int(id) - 10
                rows.append(slot < 0 ? [Float(id)] : Array(visual[2 * slot..<2 * slot + 2]))
            }
            sizes.append(ids.count)
            return ["logits": .floats(shape: [1, 10], rows.last!)]
        }
    }

    func testRunsReadTheRowsOneAfterTheOther() throws {
        for count in [1, 4, 5, 63, 64, 65, 69, 100, 128] {
            var (ids, wanted, visual): ([Int32], [[Float]], [Float]) = ([], [], [])
            for n in 0..<count {
                if n % 3 == 0 {
                    ids.append(Int32(10 + n / 3))
                    wanted.append([Float(n), Float(-n)])
                    visual += wanted[n]
                } else {
                    ids.append(Int32(n % 10))
                    wanted.append([Float(n % 10)])
                }
            }
            let model = StateDouble()
            let cache = try ChunkedKvCache(stage, 128, model)
            let logits = try cache.run(ids, visual)
            XCTAssertEqual(wanted, model.rows)
            XCTAssertEqual(wanted.last, logits)
            XCTAssertEqual(count, cache.length)
            try cache.truncate(1)
            _ = try cache.run([7], [])
            XCTAssertEqual([wanted[0], [7]], model.rows)
            XCTAssertThrowsError(try cache.truncate(3))
        }
    }

    func testAShortRestIsFilledUpWhereItFits() throws {
        let sizes = try DecodeSizes(stage)
        func runs(_ count: Int, free: Int) -> [Int] {
            sizes.chunks([Int32](repeating: 1, count: count), [], free: free).map(\.ids.count)
        }
        XCTAssertEqual([1, 1, 1, 1], runs(4, free: 128))
        XCTAssertEqual([64], runs(5, free: 128))
        XCTAssertEqual([64, 64], runs(70, free: 128))
        XCTAssertEqual([64] + [Int](repeating: 1, count: 6), runs(70, free: 100))
    }

    func testAStageWithoutRunsOfOneRowIsRefused() {
        let other = StageFile(
            stage: "decode", file: stage.file, inputs: stage.inputs, outputs: stage.outputs, buckets: [["q": 64]],
            dtypes: [:], computeUnits: nil, bundleDigest: "")
        XCTAssertThrowsError(try DecodeSizes(other))
    }
}
