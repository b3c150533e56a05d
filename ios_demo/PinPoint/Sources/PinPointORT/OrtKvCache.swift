import COnnxRuntime
import PinPointCore

/// The state tensor `key_0` has the output `next_key_0`.
private let statePrefix = "next_"

/// A decode stage whose keys and values live in one buffer a tensor, updated in place.
///
/// Past and present are bound to the same memory, which GroupQueryAttention then only appends to.
final class OrtKvCache: KvCache {
    let capacity: Int
    private(set) var length = 0
    private let stage: StageFile
    private let session: OrtSession
    private let width: Int
    private let vocabulary: Int
    private let logits: OrtValue
    private var states: [(name: String, value: OrtValue)] = []

    init(_ stage: StageFile, _ session: OrtSession, _ capacity: Int) throws {
        self.stage = stage
        self.session = session
        self.capacity = capacity
        func sizes(_ tensor: TensorSpec) -> [Int] {
            tensor.shape.map { if case .fixed(let size) = $0 { size } else { capacity } }
        }
        let outputs = Set(stage.outputs.map(\.name))
        let held = stage.inputs.filter { outputs.contains(statePrefix + $0.name) }
        let names = Set(stage.inputs.map(\.name))
        guard !held.isEmpty, names.isSuperset(of: ["ids", "visual", "position"]),
            let visual = stage.inputs.first(where: { $0.name == "visual" }).map(sizes), visual.count == 2,
            let last = stage.outputs.first(where: { $0.name == "logits" }).map(sizes)?.last
        else {
            throw RunnerError(
                "\(stage.file.lastPathComponent) is no decode stage: it needs ids, visual, position and states.")
        }
        width = visual[1]
        vocabulary = last
        let float = Int(ort_float)
        logits = try OrtValue(stage, shape: [1, vocabulary], type: float, size: 4)
        for tensor in held {
            states.append((tensor.name, try OrtValue(stage, shape: sizes(tensor), type: float, size: 4)))
        }
    }

    func run(_ ids: [Int32], _ visual: [Float]) throws -> [Float] {
        // The graph gathers from at least a row.
        let rows = visual.isEmpty ? [Float](repeating: 0, count: width) : visual
        let feeds = [
            (name: "ids", value: try OrtValue(stage, shape: [1, ids.count], ids)),
            (name: "visual", value: try OrtValue(stage, shape: [rows.count / width, width], rows)),
            (name: "position", value: try OrtValue(stage, shape: [1], [Int32(length)])),
        ]
        let results = [("logits", logits)] + states.map { (statePrefix + $0.name, $0.value) }
        _ = try session.run(feeds + states, results.map { ($0.0, $0.1) })
        length += ids.count
        return logits.values(vocabulary)
    }

    func truncate(_ length: Int) throws {
        guard (0...self.length).contains(length) else {
            throw RunnerError(
                "\(stage.file.lastPathComponent): a cache of \(self.length) tokens cannot be cut to \(length).")
        }
        self.length = length
    }
}
