import Foundation

/// Files below this size are hashed at every opening; larger ones only by ``OpenedBundle/verify()``.
private let cheap = 8 << 20

/// An opened bundle: its folder, its manifest, and the digest that names its content.
struct OpenedBundle: Sendable {
    let folder: URL
    let manifest: Manifest
    let digest: String

    /// Opens a folder, or a single file that is unpacked below `unpackFolder`.
    ///
    /// Sizes of all files and the sha256 of those below 8 MiB are compared with the manifest.
    init(_ place: URL, unpackFolder: URL, _ work: Work) throws {
        guard FileManager.default.fileExists(atPath: place.path) else {
            throw PinPointError.bundle("\(place.path) does not exist; give the folder or .pinpoint file of a bundle.")
        }
        folder = isFile(place) ? try unpacked(place, unpackFolder, work) : place
        let listed = folder.appendingPathComponent(manifestName)
        guard isFile(listed) else {
            throw PinPointError.bundle(
                "\(folder.path) is no bundle: \(manifestName) is missing; give the folder that holds it.")
        }
        let raw = try contents(listed)
        manifest = try readManifest(raw, listed.path)
        digest = Sha256.hex(raw)
        for (name, entry) in manifest.files { try check(name, isHashed: entry.size < cheap) }
    }

    /// A file that the manifest lists.
    func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    func bytes(_ name: String) throws -> [UInt8] { try contents(file(name)) }

    func stageFile(_ stage: String) -> StageFile {
        let entry = manifest.stages[stage]!
        return StageFile(
            stage: stage, file: file(entry.file), inputs: entry.inputs, outputs: entry.outputs, buckets: entry.buckets,
            dtypes: entry.dtypes, computeUnits: entry.computeUnits, bundleDigest: digest)
    }

    /// The strings of a stage's classes; index 0 is the blank.
    func characters(_ stage: String) throws -> [String] {
        let name = manifest.characters[stage]!
        let items = try Json.parse(bytes(name), name).items ?? []
        let texts = items.compactMap(\.text)
        guard !texts.isEmpty, texts.count == items.count else {
            throw PinPointError.bundle("\(name) is no JSON array of strings; export the bundle again.")
        }
        return texts
    }

    /// Hashes every file; throws at the first that differs.
    func verify() throws { for name in manifest.files.keys.sorted() { try check(name, isHashed: true) } }

    private func check(_ name: String, isHashed: Bool) throws {
        let entry = manifest.files[name]!
        let file = file(name)
        guard isFile(file) else { throw PinPointError.bundle("\(file.path) is missing; get the bundle again.") }
        let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber)?.intValue ?? -1
        guard size == entry.size else {
            throw PinPointError.integrity(
                "\(file.path) has \(size) bytes, the manifest says \(entry.size); get the bundle again.")
        }
        if isHashed, try digestOf(file) != entry.sha256 {
            throw PinPointError.integrity(
                "\(file.path) was changed: its sha256 is not the manifest's; get the bundle again.")
        }
    }
}

private func contents(_ file: URL) throws -> [UInt8] {
    do { return Array(try Data(contentsOf: file)) } catch { throw unreadable(file, error) }
}

private func digestOf(_ file: URL) throws -> String {
    do {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var digest = Sha256()
        while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty { digest.update(Array(part)) }
        return digest.finished()
    } catch {
        throw unreadable(file, error)
    }
}

private func unreadable(_ file: URL, _ error: any Error) -> PinPointError {
    .bundle("\(file.path) cannot be read: \(error.localizedDescription); check its permissions.")
}
