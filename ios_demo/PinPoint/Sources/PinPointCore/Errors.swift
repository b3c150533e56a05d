import Foundation

/// Every error that the library raises on purpose.
///
/// Each message says what is wrong, where, and what to do. ``code`` is stable and the same as that of the Python package.
/// A task that is cancelled ends with Swift's `CancellationError` instead.
public enum PinPointError: Error, Hashable, Sendable {
    /// An option or argument makes no sense.
    case option(String)
    /// A page cannot be read: grey, empty, too large.
    case page(String)
    /// The question is empty or too long.
    case instruction(String)
    /// A folder or file is no bundle, or not one that this version reads.
    case bundle(String)
    /// A file of the bundle does not match the digest or size in its manifest.
    case integrity(String)
    /// The runner does not run the bundle's target, or a library that it needs is not here.
    case backend(String)
    /// A stage failed while it ran.
    case inference(String)
    /// The language model's cache has no room for the evidence and the question.
    case capacity(String)
    /// A file cannot be written: no space, no permission.
    case output(String)

    /// A stable name of the kind of error, fit for machines.
    public var code: String {
        switch self {
        case .option: "option"
        case .page: "page"
        case .instruction: "instruction"
        case .bundle: "bundle"
        case .integrity: "integrity"
        case .backend: "backend"
        case .inference: "inference"
        case .capacity: "capacity"
        case .output: "output"
        }
    }

    /// The problem and its remedy.
    public var message: String {
        switch self {
        case .option(let text), .page(let text), .instruction(let text), .bundle(let text), .integrity(let text),
            .backend(let text), .inference(let text), .capacity(let text), .output(let text):
            text
        }
    }
}

extension PinPointError: LocalizedError {
    public var errorDescription: String? { message }
}
