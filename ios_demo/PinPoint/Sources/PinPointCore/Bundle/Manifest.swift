/// The stages of a reader.
let stageNames = ["detect", "glance", "align", "refine", "decode"]

/// One exported graph: its files and its tensors.
struct StageEntry: Sendable {
    let file: String
    let data: [String]
    let inputs: [TensorSpec]
    let outputs: [TensorSpec]
    /// Sizes of free dimensions, together, that the stage is run at.
    let buckets: [[String: Int]]
    /// Types inside the file where they are not those of the tensors.
    let dtypes: [String: String]
    let computeUnits: String?
}

/// How relevance becomes a choice of evidence.
struct SelectionParameters: Sendable {
    var temperature = 2.0
    var nullWins = 0.9
    var pageShare = 0.1
}

/// The prior of the answer "not found" from training.
struct NotFoundPrior: Sendable {
    var share = 0.2
    var limit = 3.0
}

/// Sizes and thresholds of the host side.
struct HostParameters: Sendable {
    let glanceHeight: Int
    let refineWidths: [Int]
    let readingOrder: String
    let selection: SelectionParameters
}

/// Digest and size of one file.
struct FileEntry: Sendable {
    let sha256: String
    let size: Int
}

/// The manifest of a bundle, as far as a reader needs it; docs/bundle.md describes the fields.
struct Manifest: Sendable {
    let name: String
    let model: String
    let target: String
    let stages: [String: StageEntry]
    let host: HostParameters
    let tokenizer: String
    let characters: [String: String]
    let vocabulary: Int
    /// Of a visual token.
    let width: Int
    let defaultBudget: Int
    let maximumBudget: Int
    let coverage: Double
    let cacheForm: String
    let cacheCapacity: Int
    let licences: [Licence]
    let files: [String: FileEntry]
    let confidence: [String: [String: Double]]
    let notFound: NotFoundPrior
}

/// Terms of one component of a bundle.
public struct Licence: Sendable, Hashable {
    /// The model or data that they cover.
    public let component: String
    /// Its SPDX identifier.
    public let licence: String
    /// Where the component comes from.
    public let source: String
}
