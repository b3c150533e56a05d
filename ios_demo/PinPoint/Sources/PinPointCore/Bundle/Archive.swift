import Foundation

private let mostMembers = 10_000
private let mostBytes = 4 << 30
private let mostTotal = 8 << 30
private let mostRatio = 200
let distrust = "Do not use this file; get it again from a source that you trust."

private let endSize = 22
private let longestComment = 65_535
private let largestDirectory = 16 << 20
private let large = 0xFFFF_FFFF
private let piece = 1 << 16

/// One member of an archive as its directory describes it.
struct Member {
    let name: String
    let flags: Int
    let isDeflated: Bool
    let packedSize: Int
    let size: Int
    let mode: Int
    let offset: Int
}

/// A ZIP file's directory and its members' bytes.
///
/// Nothing in it is believed: the rules of docs/bundle.md, "Security", are checked before a member is read.
final class Archive {
    private let place: String
    private let source: FileHandle
    private let length: Int

    /// By name.
    private(set) var members: [String: Member] = [:]

    init(_ file: URL) throws {
        place = file.path
        do {
            source = try FileHandle(forReadingFrom: file)
            length = Int(try source.seekToEnd())
        } catch {
            throw PinPointError.bundle("\(file.path) cannot be read: \(error.localizedDescription).")
        }
        let all = try directory()
        try check(all)
        for member in all { members[member.name] = member }
    }

    deinit { try? source.close() }

    private func damaged(_ reason: String) -> PinPointError {
        .integrity("\(place) is damaged: \(reason); get the bundle again.")
    }

    private func read(_ at: Int, _ count: Int) throws -> Bytes {
        guard at >= 0, count >= 0, at <= length, count <= length - at else { throw damaged("it is cut short") }
        var all: [UInt8] = []
        do {
            try source.seek(toOffset: UInt64(at))
            while all.count < count, let more = try source.read(upToCount: count - all.count), !more.isEmpty { all += more }
        } catch {
            throw PinPointError.bundle("\(place) cannot be read: \(error.localizedDescription).")
        }
        guard all.count == count else { throw damaged("it is cut short") }
        return Bytes(all)
    }

    private func directory() throws -> [Member] {
        let size = min(length, endSize + longestComment)
        let tail = try read(length - size, size)
        let ends = stride(from: size - endSize, through: 0, by: -1)
        guard let end = ends.first(where: { tail.int($0) == 0x0605_4b50 }) else {
            throw PinPointError.bundle(
                "\(place) is no bundle: neither a folder with \(manifestName) nor a .pinpoint file. If it was downloaded, "
                    + "it may be incomplete; get it again.")
        }
        var (count, bytes, offset) = (tail.short(end + 10), tail.int(end + 12), tail.int(end + 16))
        let at = length - size + end
        if at >= 20, count == 0xFFFF || bytes == large || offset == large {
            let locator = try read(at - 20, 20)
            if locator.int(0) == 0x0706_4b50 {
                let record = try read(locator.long(8), 56)
                guard record.int(0) == 0x0606_4b50 else { throw damaged("its ZIP64 record is broken") }
                (count, bytes, offset) = (record.long(32), record.long(40), record.long(48))
            }
        }
        guard (0...mostMembers).contains(count) else {
            throw PinPointError.bundle("\(place) holds more than \(mostMembers) members. \(distrust)")
        }
        guard (0...largestDirectory).contains(bytes) else { throw damaged("its directory is too large") }
        let directory = try read(offset, bytes)
        var next = 0
        return try (0..<count).map { _ in try member(directory, &next) }
    }

    private func member(_ bytes: Bytes, _ next: inout Int) throws -> Member {
        let at = next
        guard at + 46 <= bytes.count, bytes.int(at) == 0x0201_4b50 else { throw damaged("its directory is broken") }
        let (nameLength, extraLength) = (bytes.short(at + 28), bytes.short(at + 30))
        next = at + 46 + nameLength + extraLength + bytes.short(at + 32)
        guard next <= bytes.count else { throw damaged("its directory is broken") }
        let name = bytes.latin(at + 46, nameLength)
        var (packed, size, offset) = (bytes.int(at + 20), bytes.int(at + 24), bytes.int(at + 42))
        var extra = at + 46 + nameLength
        let end = extra + extraLength
        while extra + 4 <= end {
            let id = bytes.short(extra)
            var field = extra + 4
            extra = field + bytes.short(extra + 2)
            guard id == 1, extra <= end else { continue }
            func wide(_ value: inout Int) throws {
                guard value == large else { return }
                guard field + 8 <= extra else { throw damaged("a ZIP64 field is cut short") }
                value = bytes.long(field)
                field += 8
            }
            try wide(&size)
            try wide(&packed)
            try wide(&offset)
        }
        guard packed >= 0, size >= 0, offset >= 0 else { throw damaged("a size is negative") }
        let method = bytes.short(at + 10)
        guard method == 0 || method == 8 else {
            throw PinPointError.bundle("\(place): \(name.prefix(80)) is compressed by a method that no bundle uses.")
        }
        return Member(
            name: name, flags: bytes.short(at + 8), isDeflated: method == 8, packedSize: packed, size: size,
            mode: bytes.int(at + 38) >> 16, offset: offset)
    }

    private func check(_ members: [Member]) throws {
        try checkNames(members.map(\.name), place)
        var total = 0
        for member in members {
            let kind = member.mode & 0xF000
            if kind != 0 && kind != 0x8000 {
                throw PinPointError.bundle("\(place): \(member.name) is a link or device, not a plain file. \(distrust)")
            }
            if member.flags & 1 != 0 {
                throw PinPointError.bundle("\(place): \(member.name) is encrypted; a bundle is never. \(distrust)")
            }
            if member.size / mostRatio > max(member.packedSize, 1) {
                throw PinPointError.bundle(
                    "\(place): \(member.name) unpacks to over \(mostRatio) times its size. \(distrust)")
            }
            if member.size > mostBytes { throw PinPointError.bundle("\(place) holds a file above 4 GiB.") }
            total += member.size
        }
        if total > mostTotal { throw PinPointError.bundle("\(place) holds more than 8 GiB.") }
    }

    /// Gives the bytes of a member piece by piece; `body` throws when there are too many.
    func unpack(_ member: Member, _ body: ([UInt8]) throws -> Void) throws {
        let local = try read(member.offset, 30)
        guard local.int(0) == 0x0403_4b50 else { throw damaged("\(member.name) is not where the directory says") }
        let start = member.offset + 30 + local.short(26) + local.short(28)
        guard start <= length, member.packedSize <= length - start else { throw damaged("\(member.name) is cut short") }
        var (at, left) = (start, member.packedSize)
        func more() throws -> [UInt8] {
            let count = min(piece, left)
            let bytes = try read(at, count).all
            (at, left) = (at + count, left - count)
            return bytes
        }
        if member.isDeflated {
            do { try inflate(more, body) } catch is InflateError { throw damaged("\(member.name) cannot be unpacked") }
        } else {
            while left > 0 { try body(more()) }
        }
    }

    /// The bytes of a member that is small.
    func bytes(_ member: Member) throws -> [UInt8] {
        var all: [UInt8] = []
        try unpack(member) { bytes in
            all += bytes
            if all.count > member.size { throw damaged("\(member.name) is longer than it says") }
        }
        guard all.count == member.size else { throw damaged("\(member.name) is cut short") }
        return all
    }
}

/// Bytes with little-endian numbers in them.
private struct Bytes {
    let all: [UInt8]
    var count: Int { all.count }

    init(_ all: [UInt8]) { self.all = all }

    func short(_ at: Int) -> Int { Int(all[at]) | Int(all[at + 1]) << 8 }
    func int(_ at: Int) -> Int { short(at) | short(at + 2) << 16 }

    /// 64 bits; negative where the highest is set.
    func long(_ at: Int) -> Int { int(at) | int(at + 4) << 32 }

    /// A text of one byte a character.
    func latin(_ at: Int, _ count: Int) -> String { String(points: all[at..<at + count].map { Unicode.Scalar($0) }) }
}
