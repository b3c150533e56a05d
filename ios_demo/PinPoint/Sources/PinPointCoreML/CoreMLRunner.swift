#if canImport(CoreML)
import CoreML
import Foundation
import PinPointCore

/// Runs bundles of the target `coreml` on Core ML.
///
/// A package is compiled once and kept by the bundle's digest. A compiled model that does not load, as after an update of the
/// system, is compiled anew.
@available(iOS 18, macOS 15, *)
public struct CoreMLRunner: Runner {
    private let computeUnits: MLComputeUnits?
    private let folder: URL

    public let targets = ["coreml"]

    /// A runner by its options.
    ///
    /// - Parameters:
    ///   - computeUnits: where Core ML may run the stages; nil: where the manifest says.
    ///   - compiledFolder: where compiled models are kept; nil: `compiled` in the caches of the app.
    public init(computeUnits: MLComputeUnits? = nil, compiledFolder: URL? = nil) {
        self.computeUnits = computeUnits
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask)[0]
        folder = compiledFolder ?? caches.appendingPathComponent("compiled")
    }

    public func open(_ stage: StageFile) throws -> any Session { try CoreMLStage(stage, model(stage), state: false) }

    public func openCache(_ stage: StageFile, capacity: Int) throws -> any KvCache {
        try ChunkedKvCache(stage, capacity, CoreMLStage(stage, model(stage), state: true))
    }

    private func model(_ stage: StageFile) throws -> MLModel {
        let configuration = MLModelConfiguration()
        configuration.computeUnits = computeUnits ?? units(stage.computeUnits)
        let place = folder.appendingPathComponent(stage.bundleDigest).appendingPathComponent("\(stage.stage).mlmodelc")
        if let known = try? MLModel(contentsOf: place, configuration: configuration) { return known }
        do {
            let compiled = try MLModel.compileModel(at: package(stage.file))
            try? FileManager.default.removeItem(at: place)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.moveItem(at: compiled, to: place)
            return try MLModel(contentsOf: place, configuration: configuration)
        } catch {
            throw RunnerError(
                "Core ML cannot compile or load it on this system: \(error.localizedDescription); update the system, or take "
                    + "a bundle of another target.")
        }
    }
}

@available(iOS 18, macOS 15, *)
extension PinPoint {
    /// Opens a bundle of the target `coreml`; the other parameters are those of the runner's own initializer.
    public convenience init(
        contentsOf bundle: URL, unpackFolder: URL? = nil, progress: ProgressHandler? = nil
    ) async throws {
        try await self.init(contentsOf: bundle, runner: CoreMLRunner(), unpackFolder: unpackFolder, progress: progress)
    }
}

/// The package that a file of it lies in.
private func package(_ file: URL) -> URL {
    var place = file
    while place.pathExtension != "mlpackage" && place.pathComponents.count > 1 { place.deleteLastPathComponent() }
    return place
}

private func units(_ name: String?) -> MLComputeUnits {
    switch name {
    case "CPU_ONLY": .cpuOnly
    case "CPU_AND_GPU": .cpuAndGPU
    case "CPU_AND_NE": .cpuAndNeuralEngine
    default: .all
    }
}
#endif
