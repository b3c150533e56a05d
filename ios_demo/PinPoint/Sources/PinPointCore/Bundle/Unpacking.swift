import Foundation

/// The folder of a single-file bundle below `folder`, unpacked there when it is new.
///
/// Its name is the digest of the manifest, which holds the digest of every file. All goes into a folder beside it, which is
/// renamed at the end: after an error, a cancellation or a crash nothing half-written carries the name.
func unpacked(_ file: URL, _ folder: URL, _ work: Work) throws -> URL {
    let archive = try Archive(file)
    guard let listed = archive.members[manifestName] else {
        throw PinPointError.bundle("\(file.path) is no bundle: \(manifestName) is missing in it.")
    }
    if listed.size > 16 << 20 {
        throw PinPointError.bundle("\(file.path): \(manifestName) is larger than any manifest. \(distrust)")
    }
    let raw = try archive.bytes(listed)
    let manifest = try readManifest(raw, "\(file.path): \(manifestName)")
    try checkMembers(file, manifest, archive.members)
    let target = folder.appendingPathComponent(Sha256.hex(raw))
    if !isFile(target.appendingPathComponent(manifestName)) {
        try extract(archive, manifest, raw, target, file, work)
    }
    return target
}

func isFile(_ place: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) && !isFolder.boolValue
}

private func checkMembers(_ file: URL, _ manifest: Manifest, _ members: [String: Member]) throws {
    let names = Set(manifest.files.keys)
    if let extra = Set(members.keys).subtracting(names).subtracting([manifestName]).min() {
        throw PinPointError.bundle("\(file.path) holds \(extra), which its manifest does not list. \(distrust)")
    }
    if let missing = names.subtracting(members.keys).min() {
        throw PinPointError.bundle("\(file.path) lacks the file \(missing); get the bundle again.")
    }
    for (name, entry) in manifest.files where members[name]!.size != entry.size {
        throw PinPointError.integrity(
            "\(file.path): \(name) has \(members[name]!.size) bytes, the manifest says \(entry.size); get the bundle again.")
    }
}

private func extract(
    _ archive: Archive, _ manifest: Manifest, _ raw: [UInt8], _ target: URL, _ file: URL, _ work: Work
) throws {
    let parent = target.deletingLastPathComponent()
    let beside = parent.appendingPathComponent(".\(target.lastPathComponent).\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: beside) }
    let all = manifest.files.values.reduce(0) { $0 + $1.size }
    var done = 0
    for (name, entry) in manifest.files.sorted(by: { $0.key < $1.key }) {
        try copy(archive, archive.members[name]!, entry, beside.appendingPathComponent(name), file) { count in
            try work.check()
            done += count
            work.report(.unpack, done, all)
        }
    }
    try writing(target) {
        try Data(raw).write(to: beside.appendingPathComponent(manifestName))
        do {
            try FileManager.default.moveItem(at: beside, to: target)
        } catch {
            // Another process may have unpacked the same bundle meanwhile: same name, same content.
            if !isFile(target.appendingPathComponent(manifestName)) { throw error }
        }
    }
}

/// Copies one member in pieces, never more than the manifest says, and compares its digest.
private func copy(
    _ archive: Archive, _ member: Member, _ entry: FileEntry, _ place: URL, _ file: URL, _ onPiece: (Int) throws -> Void
) throws {
    let changed = PinPointError.integrity(
        "\(file.path): \(member.name) was changed: it does not match the sha256 in the manifest; get the bundle again.")
    let out = try writing(place) {
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: place)
        return try FileHandle(forWritingTo: place)
    }
    defer { try? out.close() }
    var digest = Sha256()
    var size = 0
    try archive.unpack(member) { bytes in
        size += bytes.count
        if size > entry.size { throw changed }
        digest.update(bytes)
        try writing(place) { try out.write(contentsOf: Data(bytes)) }
        try onPiece(bytes.count)
    }
    if size != entry.size || digest.finished() != entry.sha256 { throw changed }
}

private func writing<T>(_ place: URL, _ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch {
        throw PinPointError.output(
            "Cannot write \(place.path): \(error.localizedDescription). Free some space or choose another folder.")
    }
}
