import Foundation
import Observation
import PinPointCore

/// Pages that questions are asked about.
public protocol FormPages: Sendable {
    /// How many pages there are.
    var pageCount: Int { get }

    /// Answers one question.
    func ask(_ question: String, _ progress: @escaping ProgressHandler) async throws -> Answer
}

/// Reads pages.
public protocol FormReader: Sendable {
    /// Reads pages as one document.
    func open(_ pages: [Pixels], _ progress: @escaping ProgressHandler) async throws -> any FormPages

    /// Frees the loaded graphs; they are loaded anew when they are needed.
    func releaseMemory() async
}

extension Document: FormPages {
    public func ask(_ question: String, _ progress: @escaping ProgressHandler) async throws -> Answer {
        try await ask(question, progress: progress)
    }
}

extension PinPoint: FormReader {
    public func open(_ pages: [Pixels], _ progress: @escaping ProgressHandler) async throws -> any FormPages {
        try await read(pages, progress: progress)
    }
}

/// The state of the app and all of its decisions; views show it and call its functions.
@MainActor
@Observable
public final class FormModel {
    /// The present work.
    public enum Phase: Equatable, Sendable {
        /// There is no bundle yet.
        case withoutBundle
        /// A bundle is unpacked or checked.
        case opening
        /// A bundle is open, and there is no page.
        case withoutPage
        /// A page is read.
        case reading
        /// A question is answered.
        case answering
        /// Questions can be asked.
        case ready
    }

    /// One answered field or question.
    public struct Result: Equatable, Identifiable, Sendable {
        public let id: Int
        /// The field's name, or the question.
        public let name: String
        public let answer: Answer
    }

    public private(set) var phase = Phase.withoutBundle
    /// How far the present step is, 0 to 1.
    public private(set) var progress = 0.0
    /// The last problem and its remedy, until the next call.
    public private(set) var problem: String?
    public private(set) var pages: [Pixels] = []
    public private(set) var results: [Result] = []
    /// The result whose places are shown.
    public private(set) var shown: Result?
    public var page = 0
    public var question = ""

    private let openBundle: @Sendable (URL, @escaping ProgressHandler) async throws -> any FormReader
    private var reader: (any FormReader)?
    private var form: (any FormPages)?
    private var task: Task<Void, Never>?

    /// A model that opens bundles by a function, such as the initializer of `PinPoint`.
    public init(
        openBundle: @escaping @Sendable (URL, @escaping ProgressHandler) async throws -> any FormReader
    ) {
        self.openBundle = openBundle
    }

    /// Whether something runs that can be cancelled.
    public var isBusy: Bool { [.opening, .reading, .answering].contains(phase) }

    /// Whether the question can be asked now.
    public var canAsk: Bool {
        phase == .ready && !question.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty
    }

    /// Opens a bundle, its folder or its single file.
    public func open(_ bundle: URL) async {
        await run(.opening) { model in
            model.reader = try await model.openBundle(bundle, model.listener())
        }
    }

    /// Shows pages and reads them as one document; earlier answers are forgotten.
    public func show(_ pages: [Pixels]) async {
        guard let reader, !pages.isEmpty else { return }
        stop()
        (self.pages, results, shown, form, page) = (pages, [], nil, nil, 0)
        await run(.reading) { model in
            model.form = try await reader.open(pages, model.listener())
        }
    }

    /// Asks the question in the field.
    public func ask() async {
        guard canAsk else { return }
        await extract([Field(name: question, question: question)])
    }

    /// Asks one question a field; each result is there as soon as it is known.
    public func extract(_ fields: [Field]) async {
        guard phase == .ready, let form else { return }
        await run(.answering) { model in
            for field in fields {
                let answer = try await form.ask(field.question, model.listener())
                try Task.checkCancellation()
                let result = Result(id: model.results.count, name: field.name, answer: answer)
                model.results.append(result)
                model.show(result)
            }
        }
    }

    /// Shows the places of a result, and turns to its page.
    public func show(_ result: Result) {
        shown = result
        page = result.answer.page ?? page
    }

    /// Ends the present work; its page and earlier results stay.
    public func stop() { task?.cancel() }

    /// Frees the loaded graphs, as on a memory warning, or in the background, where the present work ends first.
    public func releaseMemory(stopping: Bool = false) async {
        if stopping {
            stop()
            await task?.value
        }
        await reader?.releaseMemory()
    }

    private func run(_ phase: Phase, _ body: @escaping @MainActor (FormModel) async throws -> Void) async {
        await task?.value
        (self.phase, progress, problem) = (phase, 0, nil)
        let own = Task {
            do {
                try await body(self)
            } catch is CancellationError {
                // The user knows.
            } catch {
                problem = (error as? PinPointError)?.message ?? error.localizedDescription
            }
            self.phase = reader == nil ? .withoutBundle : form == nil ? .withoutPage : .ready
        }
        task = own
        await own.value
    }

    private func listener() -> ProgressHandler {
        { [weak self] _, done, all in
            Task { @MainActor in self?.progress = all > 0 ? Double(done) / Double(all) : 0 }
        }
    }
}
