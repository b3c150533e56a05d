/// Pages that were read together; ``PinPoint/read(_:progress:)-(Pixels,_)`` makes one.
///
/// All that does not depend on the question is computed when the pages are read, and a region that was read at full
/// resolution for one question is kept for the next. It holds the pages' pixels.
public final class Document: Sendable {
    private let engine: Engine
    /// Names it in the cache.
    let serial: Int
    let pages: [LookedPage]
    let regions: [Region]
    let pageOf: [Int]
    let geometry: [Float]
    /// Tokens that each region is expected to add.
    let costs: [Int]

    /// Milliseconds by step of the reading.
    public let timings: [Timing]

    init(_ engine: Engine, serial: Int, _ pages: [LookedPage], _ timings: [Timing]) {
        self.engine = engine
        self.serial = serial
        self.pages = pages
        self.timings = timings
        regions = pages.flatMap(\.regions)
        pageOf = pages.enumerated().flatMap { number, page in page.regions.map { _ in number } }
        geometry = pages.flatMap(\.layout.geometry)
        costs = pages.flatMap(\.glance.readings).map(estimateTokens)
    }

    deinit { Task { [engine, serial] in await engine.forget(serial) } }

    /// How many pages there are.
    public var pageCount: Int { pages.count }

    /// The bounds of a page's regions, in reading order; `page` counts from 0.
    public func regions(of page: Int) -> [Box] { pages[page].regions.map(\.box) }

    /// Answers one question.
    ///
    /// - Parameters:
    ///   - question: at most 2,000 characters.
    ///   - coverage: the share of the relevance at which the choice of evidence ends, 0 to 1; nil: the bundle's.
    ///   - tokenBudget: most tokens of evidence, though the most relevant region always enters; nil: the bundle's.
    ///   - progress: hears how far the answer is.
    /// - Throws: ``PinPointError``, or `CancellationError` when the task was cancelled.
    public func ask(
        _ question: String, coverage: Double? = nil, tokenBudget: Int? = nil, progress: ProgressHandler? = nil
    ) async throws -> Answer {
        let limits = try limits(coverage, tokenBudget)
        return try await engine.ask(question, self, limits, progress)
    }

    /// Answers one question a field, in their order; each answer comes as soon as it is there.
    ///
    /// ```swift
    /// for try await (name, answer) in page.extract(["total": "What is the total?"]) { … }
    /// ```
    public func extract(
        _ fields: KeyValuePairs<String, String>, coverage: Double? = nil, tokenBudget: Int? = nil
    ) -> AsyncThrowingStream<(name: String, answer: Answer), any Error> {
        let fields = fields.map { ($0.key, $0.value) }
        return AsyncThrowingStream { stream in
            let task = Task {
                do {
                    if fields.isEmpty {
                        throw PinPointError.option(
                            "There are no fields to extract: name at least one with its question.")
                    }
                    for (name, question) in fields {
                        let answer = try await self.ask(question, coverage: coverage, tokenBudget: tokenBudget)
                        stream.yield((name, answer))
                    }
                    stream.finish()
                } catch {
                    stream.finish(throwing: error)
                }
            }
            stream.onTermination = { _ in task.cancel() }
        }
    }

    /// Reads everything: the transcriptions row by row in reading order, without those of no text.
    public func transcribe(progress: ProgressHandler? = nil) async throws -> [[String]] {
        try await engine.transcribe(self, progress)
    }

    /// The user's limits, or the bundle's; throws ``PinPointError/option(_:)`` when out of range.
    private func limits(_ coverage: Double?, _ tokenBudget: Int?) throws -> Limits {
        let manifest = engine.bundle.manifest
        let chosen = coverage ?? manifest.coverage
        let budget = tokenBudget ?? manifest.defaultBudget
        guard chosen > 0, chosen <= 1 else {
            throw PinPointError.option("A coverage of \(chosen) makes no sense: give one in (0, 1].")
        }
        guard (1...manifest.maximumBudget).contains(budget) else {
            throw PinPointError.option(
                "A token budget of \(budget) is not possible: this bundle takes 1 to \(manifest.maximumBudget).")
        }
        return Limits(coverage: chosen, tokenBudget: budget)
    }
}
