import Foundation

/// An array that a stage takes or gives: rows first.
public enum Tensor: Sendable, Equatable {
    /// `uint8` values.
    case bytes(shape: [Int], [UInt8])
    /// `int32` values.
    case ints(shape: [Int], [Int32])
    /// `float32` values.
    case floats(shape: [Int], [Float])

    /// The size of each dimension.
    public var shape: [Int] {
        switch self {
        case .bytes(let shape, _), .ints(let shape, _), .floats(let shape, _): shape
        }
    }
}

/// A tensor of a stage: its name, its dtype as the manifest writes it, and its shape.
public struct TensorSpec: Sendable, Equatable {
    /// The size of a dimension.
    public enum Size: Sendable, Equatable {
        /// Always the same.
        case fixed(Int)
        /// Any of the stage's, by the dimension's name.
        case free(String)
    }

    /// Its name in the graph.
    public let name: String
    /// `uint8`, `int32`, `int64`, `float16` or `float32`.
    public let dtype: String
    /// Its sizes.
    public let shape: [Size]

    /// A tensor by its fields.
    public init(name: String, dtype: String, shape: [Size]) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
    }
}

/// One stage of a bundle as a runner finds it.
public struct StageFile: Sendable {
    /// `detect`, `glance`, `align`, `refine` or `decode`.
    public let stage: String
    /// The graph; weights that it refers to lie beside it.
    public let file: URL
    /// Its inputs.
    public let inputs: [TensorSpec]
    /// Its outputs.
    public let outputs: [TensorSpec]
    /// Sizes of its free dimensions, together, that it is run at; none: any.
    public let buckets: [[String: Int]]
    /// Types inside the file where they are not those of its tensors: `float16`, `image-rgb8`.
    public let dtypes: [String: String]
    /// The compute units that suit it, by Core ML's names.
    public let computeUnits: String?
    /// The sha256 that names the bundle's content.
    public let bundleDigest: String

    /// A stage by its fields, for tests of runners.
    public init(
        stage: String, file: URL, inputs: [TensorSpec], outputs: [TensorSpec], buckets: [[String: Int]],
        dtypes: [String: String], computeUnits: String?, bundleDigest: String
    ) {
        self.stage = stage
        self.file = file
        self.inputs = inputs
        self.outputs = outputs
        self.buckets = buckets
        self.dtypes = dtypes
        self.computeUnits = computeUnits
        self.bundleDigest = bundleDigest
    }
}

/// A loaded stage; its memory is free when it is.
public protocol Session: AnyObject {
    /// Runs the stage; throws ``RunnerError``.
    func run(_ inputs: [String: Tensor]) throws -> [String: Tensor]
}

/// A loaded decode stage with the keys and values of its tokens.
public protocol KvCache: AnyObject {
    /// Tokens that it holds.
    var capacity: Int { get }

    /// Tokens that it has read.
    var length: Int { get }

    /// Reads tokens behind those that are there; throws ``RunnerError``.
    ///
    /// - Parameters:
    ///   - ids: below the vocabulary of text, from it on rows of `visual`.
    ///   - visual: visual tokens one after another, none when empty.
    /// - Returns: the logits of the token after the last.
    func run(_ ids: [Int32], _ visual: [Float]) throws -> [Float]

    /// Forgets the tokens from `length` on.
    func truncate(_ length: Int) throws
}

/// A runtime for the graphs of a bundle: ONNX Runtime, Core ML or another.
public protocol Runner: Sendable {
    /// The targets whose stages it runs, such as `onnx`.
    var targets: [String] { get }

    /// Loads a stage; throws ``RunnerError``.
    func open(_ stage: StageFile) throws -> any Session

    /// Loads the decode stage with an empty cache of `capacity` tokens or more; throws ``RunnerError``.
    func openCache(_ stage: StageFile, capacity: Int) throws -> any KvCache
}

/// A runner's failure; the reader turns it into an error of its own that names the stage.
public struct RunnerError: Error, Sendable {
    /// The problem.
    public let message: String
    /// Whether something that the runner needs is not on this device.
    public let isMissing: Bool

    /// A failure by its message.
    public init(_ message: String, isMissing: Bool = false) {
        self.message = message
        self.isMissing = isMissing
    }
}
