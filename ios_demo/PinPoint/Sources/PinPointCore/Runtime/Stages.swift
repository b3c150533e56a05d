/// The stages of a bundle, loaded on first use; failures become the library's errors.
final class Stages {
    private let bundle: OpenedBundle
    private let runner: any Runner
    private var sessions: [String: any Session] = [:]

    init(_ bundle: OpenedBundle, _ runner: any Runner) {
        self.bundle = bundle
        self.runner = runner
    }

    /// Runs a stage.
    func run(_ stage: String, _ inputs: [String: Tensor]) throws -> Outputs {
        let session = try sessions[stage] ?? loading(stage) { try runner.open(bundle.stageFile(stage)) }
        sessions[stage] = session
        return Outputs(stage: stage, tensors: try running(stage) { try session.run(inputs) })
    }

    /// The decode stage with an empty cache of `capacity` tokens or more.
    func openCache(_ capacity: Int) throws -> StageCache {
        StageCache(try loading("decode") { try runner.openCache(bundle.stageFile("decode"), capacity: capacity) })
    }

    /// A fixed size of an input, by the manifest.
    func size(_ stage: String, _ input: String, _ axis: Int) throws -> Int {
        let shape = bundle.stageFile(stage).inputs.first { $0.name == input }?.shape ?? []
        guard shape.indices.contains(axis), case .fixed(let size) = shape[axis] else {
            throw PinPointError.bundle("Stage \(stage): the size \(axis) of \(input) is not fixed; export the bundle again.")
        }
        return size
    }

    /// Frees all sessions; they are loaded anew when they are needed.
    func release() { sessions = [:] }
}

/// The tensors that a stage gave.
struct Outputs {
    let stage: String
    let tensors: [String: Tensor]

    func floats(_ name: String) throws -> (shape: [Int], data: [Float]) {
        guard case .floats(let shape, let data) = tensors[name] else { throw missing(name, "floats") }
        return (shape, data)
    }

    func ints(_ name: String) throws -> (shape: [Int], data: [Int32]) {
        guard case .ints(let shape, let data) = tensors[name] else { throw missing(name, "integers") }
        return (shape, data)
    }

    private func missing(_ name: String, _ kind: String) -> PinPointError {
        .bundle("Stage \(stage) gave no \(kind) '\(name)'; export the bundle again.")
    }
}

/// The decode stage, whose failures are the library's errors.
final class StageCache {
    private let cache: any KvCache

    init(_ cache: any KvCache) { self.cache = cache }

    var capacity: Int { cache.capacity }

    func run(_ ids: [Int32], _ visual: [Float]) throws -> [Float] {
        if cache.length + ids.count > cache.capacity {
            throw PinPointError.capacity(
                "Stage decode is full: \(cache.length) of \(cache.capacity) tokens are taken, \(ids.count) more do not fit; "
                    + "ask a shorter question or give a smaller token budget.")
        }
        return try running("decode") { try cache.run(ids, visual) }
    }

    func truncate(_ length: Int) throws { try running("decode") { try cache.truncate(length) } }
}

private func loading<T>(_ stage: String, _ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as RunnerError {
        if error.isMissing { throw PinPointError.backend(error.message) }
        throw PinPointError.bundle("Stage \(stage) cannot be loaded: \(error.message)")
    }
}

private func running<T>(_ stage: String, _ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as RunnerError {
        if error.isMissing { throw PinPointError.backend(error.message) }
        throw PinPointError.inference("Stage \(stage) failed: \(error.message)")
    }
}
