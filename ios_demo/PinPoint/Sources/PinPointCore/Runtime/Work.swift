import Dispatch

/// The steps of the work, in the order in which a page and a question meet them.
public enum Step: String, Sendable, CaseIterable {
    /// A bundle's file is unpacked and checked.
    case unpack
    /// Regions are found on the page.
    case detect
    /// Regions are brought into reading order.
    case layout
    /// Every region is read roughly.
    case glance
    /// Regions are scored against the question.
    case align
    /// Chosen regions are read at full resolution.
    case refine
    /// The language model reads the evidence.
    case prefill
    /// The language model writes the answer.
    case decode
}

/// Hears how far the work is: `done` of `all` parts of a step; bytes when unpacking, else pages, batches or tokens.
public typealias ProgressHandler = @Sendable (_ step: Step, _ done: Int, _ all: Int) -> Void

/// The progress of a call and the milliseconds of its steps.
final class Work {
    private let progress: ProgressHandler?
    private(set) var timings: [Timing] = []

    init(_ progress: ProgressHandler?) { self.progress = progress }

    /// Throws `CancellationError` when the task was cancelled.
    func check() throws { try Task.checkCancellation() }

    func report(_ step: Step, _ done: Int, _ all: Int) { progress?(step, done, all) }

    /// Adds the milliseconds of `body` to those of a step.
    func timed<T>(_ step: String, _ body: () throws -> T) rethrows -> T {
        let start = DispatchTime.now().uptimeNanoseconds
        defer {
            let spent = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
            if let place = timings.firstIndex(where: { $0.step == step }) {
                timings[place].milliseconds += spent
            } else {
                timings.append(Timing(step: step, milliseconds: spent))
            }
        }
        return try body()
    }
}
