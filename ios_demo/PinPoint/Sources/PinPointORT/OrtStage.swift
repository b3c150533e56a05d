import COnnxRuntime
import Foundation
import PinPointCore

/// A loaded graph.
final class OrtSession {
    private let stage: StageFile
    private let session: UnsafeMutableRawPointer

    init(_ stage: StageFile, _ session: UnsafeMutableRawPointer) {
        self.stage = stage
        self.session = session
    }

    deinit { ort_close(session) }

    /// Runs the graph; results that are nil are made, and belong to the caller.
    func run(_ inputs: [(name: String, value: OrtValue)], _ results: [(name: String, value: OrtValue?)]) throws -> [OrtValue] {
        try withCStrings(inputs.map(\.name)) { names in
            try withCStrings(results.map(\.name)) { resultNames in
                let values: [UnsafeRawPointer?] = inputs.map { UnsafeRawPointer($0.value.pointer) }
                var made: [UnsafeMutableRawPointer?] = results.map { $0.value?.pointer }
                _ = try checked(stage) { error -> Int32? in
                    ort_run(session, names, values, inputs.count, resultNames, &made, made.count, error) == 0 ? 0 : nil
                }
                return zip(results, made).map { $0.value ?? OrtValue(owning: $1!) }
            }
        }
    }
}

/// A tensor of ONNX Runtime, and the memory that it lies in.
final class OrtValue {
    let pointer: UnsafeMutableRawPointer
    private let memory: UnsafeMutableRawBufferPointer?

    /// A tensor that ONNX Runtime made.
    init(owning pointer: UnsafeMutableRawPointer) {
        self.pointer = pointer
        memory = nil
    }

    /// A tensor of zeros.
    init(_ stage: StageFile, shape: [Int], type: Int, size: Int) throws {
        let bytes = shape.reduce(size, *)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes, 1), alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        self.memory = memory
        do {
            pointer = try checked(stage) {
                ort_tensor(memory.baseAddress, bytes, shape.map(Int64.init), shape.count, Int32(type), $0)
            }
        } catch {
            memory.deallocate()
            throw error
        }
    }

    /// A copy of an array.
    convenience init<T>(_ stage: StageFile, shape: [Int], _ values: [T]) throws {
        let type = T.self == Float.self ? ort_float : T.self == Int32.self ? ort_int32 : ort_uint8
        guard shape.reduce(1, *) == values.count else {
            throw RunnerError("\(stage.file.lastPathComponent): \(values.count) values do not fill \(shape)")
        }
        try self.init(stage, shape: shape, type: type, size: MemoryLayout<T>.stride)
        values.withUnsafeBytes { memory!.copyMemory(from: $0) }
    }

    deinit {
        ort_release(pointer)
        memory?.deallocate()
    }

    /// The first values of the tensor's own memory.
    func values<T>(_ count: Int) -> [T] {
        Array(UnsafeBufferPointer(start: memory!.baseAddress!.assumingMemoryBound(to: T.self), count: count))
    }

    /// A copy as the library knows it.
    func tensor(_ stage: StageFile) throws -> Tensor {
        var type: Int32 = 0
        var sizes = [Int64](repeating: 0, count: 8)
        var rank = 0
        let data = try checked(stage) { ort_data(pointer, &type, &sizes, &rank, $0) }
        let shape = sizes.prefix(rank).map(Int.init)
        let count = shape.reduce(1, *)
        func copy<T>(_: T.Type) -> [T] {
            Array(UnsafeBufferPointer(start: data.assumingMemoryBound(to: T.self), count: count))
        }
        switch Int(type) {
        case ort_float: return .floats(shape: shape, copy(Float.self))
        case ort_int32: return .ints(shape: shape, copy(Int32.self))
        default: throw RunnerError("\(stage.file.lastPathComponent): an output is of a type that no stage gives")
        }
    }
}

/// A stage in an .onnx file.
final class OrtStage: Session {
    private let stage: StageFile
    private let session: OrtSession

    init(_ stage: StageFile, _ session: OrtSession) {
        self.stage = stage
        self.session = session
    }

    func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
        let feeds = try stage.inputs.map { spec -> (name: String, value: OrtValue) in
            guard let tensor = inputs[spec.name] else {
                throw RunnerError("\(stage.file.lastPathComponent) takes an unknown input \(spec.name)")
            }
            switch tensor {
            case .bytes(let shape, let values): return (spec.name, try OrtValue(stage, shape: shape, values))
            case .ints(let shape, let values): return (spec.name, try OrtValue(stage, shape: shape, values))
            case .floats(let shape, let values): return (spec.name, try OrtValue(stage, shape: shape, values))
            }
        }
        let names = stage.outputs.map(\.name)
        let results = try session.run(feeds, names.map { ($0, nil) })
        var found: [String: Tensor] = [:]
        for (name, value) in zip(names, results) { found[name] = try value.tensor(stage) }
        return found
    }
}
