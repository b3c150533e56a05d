import COnnxRuntime
import Foundation
import PinPointCore

/// Runs bundles of the target `onnx` on ONNX Runtime's C API.
///
/// A graph is opened by its path, so that weights beside it are mapped, not read. The app links ONNX Runtime 1.24 or later;
/// on Linux the environment's `PINPOINT_ONNXRUNTIME` may name the library.
public struct OrtRunner: Runner {
    private let threads: Int
    private let providers: [String]

    public let targets = ["onnx"]

    /// A runner by its options.
    ///
    /// - Parameters:
    ///   - threads: of one operator; 0: all physical cores. A phone is often fastest with the number of its big cores.
    ///   - providers: execution providers in order, such as `XNNPACK` or `CoreML`; the rest runs on the CPU. They may round
    ///     differently: compare them with the golden pages first.
    public init(threads: Int = 0, providers: [String] = []) {
        self.threads = threads
        self.providers = providers
    }

    public func open(_ stage: StageFile) throws -> any Session {
        OrtStage(stage, try session(stage, mapWeights: false))
    }

    public func openCache(_ stage: StageFile, capacity: Int) throws -> any KvCache {
        try OrtKvCache(stage, try session(stage, mapWeights: !multipliesInIntegers(stage)), capacity)
    }

    private func session(_ stage: StageFile, mapWeights: Bool) throws -> OrtSession {
        if let problem = library { throw RunnerError(problem, isMissing: true) }
        let opened = try withCStrings(providers) { names in
            try checked(stage) {
                ort_open(stage.file.path, Int32(threads), mapWeights ? 1 : 0, names, providers.count, $0)
            }
        }
        return OrtSession(stage, opened)
    }
}

extension PinPoint {
    /// Opens a bundle of the target `onnx`; the other parameters are those of the runner's own initializer.
    public convenience init(contentsOf bundle: URL, unpackFolder: URL? = nil, progress: ProgressHandler? = nil) async throws {
        try await self.init(contentsOf: bundle, runner: OrtRunner(), unpackFolder: unpackFolder, progress: progress)
    }
}

/// Why ONNX Runtime cannot be used, nil when it can.
private let library: String? = taken(ort_load())

private func taken(_ message: UnsafeMutablePointer<CChar>?) -> String? {
    defer { free(message) }
    return message.map { String(cString: $0) }
}

/// The result of a call, or its failure.
func checked<T>(_ stage: StageFile, _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> T?) throws -> T {
    var message: UnsafeMutablePointer<CChar>?
    let result = call(&message)
    let text = taken(message)
    guard let result, text == nil else {
        throw RunnerError("\(stage.file.lastPathComponent): ONNX Runtime: \(text ?? "a call failed")")
    }
    return result
}

/// Texts as C takes them.
func withCStrings<T>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) throws -> T) rethrows -> T {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return try body(copies.map { UnsafePointer($0) })
}

/// Whether a graph multiplies with integers, which is slow until they are packed.
private func multipliesInIntegers(_ stage: StageFile) throws -> Bool {
    guard let graph = try? Data(contentsOf: stage.file, options: .mappedIfSafe) else {
        throw RunnerError("\(stage.file.lastPathComponent) cannot be read")
    }
    return graph.range(of: Data("MatMulNBits".utf8)) != nil
}
