import Foundation

/// Most pixels of a page, and of a side.
private let mostPixels = 100_000_000
private let longestSide = 20_000

/// A reader: one bundle, loaded.
///
/// ```swift
/// let reader = try await PinPoint(contentsOf: bundleURL)
/// let page = try await reader.read(image)
/// let answer = try await page.ask("What is the total?")  // text, boxes, confidence, evidence
/// ```
///
/// Tasks may share a reader and its documents: an actor lets their calls take turns. A call that is cancelled ends with
/// `CancellationError` before its next run of a graph, and the reader can be asked again.
public final class PinPoint: Sendable {
    private let engine: Engine

    /// Opens a bundle.
    ///
    /// - Parameters:
    ///   - bundle: its folder, or its single `.pinpoint` file, which is unpacked once, with every digest checked.
    ///   - runner: runs the graphs.
    ///   - unpackFolder: where a single file is unpacked; nil: `bundles` in the caches of the app.
    ///   - progress: hears how far the unpacking is.
    /// - Throws: ``PinPointError``.
    public init(
        contentsOf bundle: URL, runner: any Runner, unpackFolder: URL? = nil, progress: ProgressHandler? = nil
    ) async throws {
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        let folder = unpackFolder ?? (caches ?? bundle.deletingLastPathComponent()).appendingPathComponent("bundles")
        let opened = try OpenedBundle(bundle, unpackFolder: folder, Work(progress))
        let target = opened.manifest.target
        guard runner.targets.contains(target) else {
            throw PinPointError.backend(
                "The bundle '\(opened.manifest.name)' was exported for \(target), but this runner runs "
                    + "\(runner.targets.joined(separator: ", ")): take another runner, or export the bundle for it.")
        }
        engine = try Engine(opened, runner)
    }

    /// The bundle's name.
    public var name: String { engine.bundle.manifest.name }

    /// The model in it, with its version.
    public var model: String { engine.bundle.manifest.model }

    /// The sha256 that names the bundle's content.
    public var digest: String { engine.bundle.digest }

    /// Terms of everything in the bundle.
    public var licences: [Licence] { engine.bundle.manifest.licences }

    /// Reads a page: its regions are found, ordered and glanced at, once for all questions.
    ///
    /// - Parameter page: RGB, upright: the caller applies the EXIF orientation.
    /// - Throws: ``PinPointError``, or `CancellationError` when the task was cancelled.
    public func read(_ page: Pixels, progress: ProgressHandler? = nil) async throws -> Document {
        try await read([page], progress: progress)
    }

    /// Reads several pages as one document.
    public func read(_ pages: [Pixels], progress: ProgressHandler? = nil) async throws -> Document {
        if pages.isEmpty { throw PinPointError.page("There are no pages to read: give at least one.") }
        for page in pages { try check(page) }
        let looked = try await engine.look(pages, progress)
        return Document(engine, serial: looked.serial, looked.pages, looked.timings)
    }

    /// Compares the sha256 of every file of the bundle with its manifest; takes seconds.
    public func verify() async throws { try engine.bundle.verify() }

    /// Frees the loaded graphs and the cache, as on a memory warning; they are loaded anew when they are needed.
    public func releaseMemory() async { await engine.releaseMemory() }
}

private func check(_ page: Pixels) throws {
    if page.channels != 3 { throw PinPointError.page("A grey page was given; pass red, green and blue.") }
    if page.width * page.height > mostPixels || max(page.width, page.height) > longestSide {
        throw PinPointError.page(
            "A page of \(page.width) x \(page.height) px is too large: pass at most 100 million pixels and \(longestSide) a "
                + "side; sample it down first.")
    }
}
