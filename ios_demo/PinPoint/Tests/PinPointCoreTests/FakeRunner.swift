import Foundation

@testable import PinPointCore

/// Stages that follow simple rules: dark pixels of the page are text, each line is read as "Total 7", the relevance is given,
/// and the language model wants ``wanted``.
final class FakeRunner: Runner, @unchecked Sendable {
    let targets = ["fake"]
    private let lock = NSLock()
    let relevance: Float
    var wanted = "7"

    /// The probability of each character that is read.
    var legible: Float = 0.95

    /// Called before each run of a stage.
    var onRun: (String) throws -> Void = { _ in }

    /// Runs of each stage; decode counts tokens.
    private(set) var runs: [String: Int] = [:]

    /// Open sessions.
    private(set) var openCount = 0

    init(relevance: Float = 4) { self.relevance = relevance }

    func ran(_ stage: String, _ count: Int = 1) throws {
        try onRun(stage)
        lock.withLock { runs[stage, default: 0] += count }
    }

    func counted(_ change: Int) { lock.withLock { openCount += change } }

    func open(_ stage: StageFile) throws -> any Session { FakeStage(stage.stage, self) }

    func openCache(_ stage: StageFile, capacity: Int) throws -> any KvCache { try FakeCache(capacity, self) }
}

private final class FakeStage: Session {
    private let stage: String
    private let runner: FakeRunner

    init(_ stage: String, _ runner: FakeRunner) {
        (self.stage, self.runner) = (stage, runner)
        runner.counted(1)
    }

    deinit { runner.counted(-1) }

    func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
        try runner.ran(stage)
        switch stage {
        case "detect":
            guard case .bytes(let shape, let bytes)? = inputs["image"] else { throw RunnerError("no image") }
            let size = shape[2] * shape[3]
            return ["text_map": .floats(shape: [1, 1, shape[2], shape[3]], bytes.prefix(size).map { $0 < 128 ? 0.9 : 0 })]
        case "glance":
            let steps = inputs["crops"]!.shape[3] / 4
            return [
                "features": .floats(shape: [8, 4, 96], [Float](repeating: 0, count: 8 * 384)),
                "reading": .ints(shape: [8, steps], (0..<8 * steps).map { $0 % 4 == 1 ? 1 : 0 }),
            ]
        case "align":
            let size = inputs["mask"]!.shape[0]
            return ["relevance": .floats(shape: [size + 1], (0...size).map { $0 < size ? runner.relevance - Float($0) : 0 })]
        default:
            let steps = inputs["crops"]!.shape[3] / 8
            var classes = [Int32](repeating: 0, count: 8 * steps * 4)
            for slot in 0..<8 { for n in 0..<7 { classes[(slot * steps + n) * 4] = Int32(n + 1) } }  // "Total 7"
            let likely = [Float](repeating: runner.legible, count: classes.count)
            return [
                "visual": .floats(shape: [8, 4], [Float](repeating: 0, count: 32)),
                "classes": .ints(shape: [8, steps, 4], classes), "probabilities": .floats(shape: [8, steps, 4], likely),
            ]
        }
    }
}

private final class FakeCache: KvCache {
    let capacity: Int
    private let runner: FakeRunner
    private let tokenizer: Tokenizer
    private var read: [Int32] = []

    init(_ capacity: Int, _ runner: FakeRunner) throws {
        (self.capacity, self.runner) = (capacity, runner)
        tokenizer = try Tokenizer(Golden("tokenizer").bytes("tokenizer.json"), "tokenizer.json")
        runner.counted(1)
    }

    deinit { runner.counted(-1) }

    var length: Int { read.count }

    func run(_ ids: [Int32], _ visual: [Float]) throws -> [Float] {
        try runner.ran("decode", ids.count)
        read += ids
        let answer = tokenizer.encode(" \(runner.wanted)") + [Int32(try tokenizer.controlId(endToken))]
        // The ids behind the prompt's last one, ":", are the answer so far.
        let last = tokenizer.encode("Answer:").last!
        let written = read.count - 1 - read.lastIndex(of: last)!
        var logits = [Float](repeating: 0, count: tokenizer.vocabulary)
        logits[Int(written < answer.count ? answer[written] : answer.last!)] = 9
        return logits
    }

    func truncate(_ length: Int) { read.removeSubrange(length...) }
}

/// A white page with dark bars for lines of text.
func barred(_ lines: Int, width: Int = 400, height: Int = 500) -> Pixels {
    var data = [UInt8](repeating: 255, count: width * height * 3)
    for line in 0..<lines {
        for y in 30 + 40 * line..<46 + 40 * line {
            for at in (y * width + 40) * 3..<(y * width + 200) * 3 { data[at] = 0 }
        }
    }
    return Pixels(width, height, 3, data)
}
