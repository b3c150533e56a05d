import XCTest

@testable import PinPointCore

/// Opening a bundle: right ones open; damaged, hostile or newer ones are refused and leave nothing behind.
final class BundleTests: XCTestCase {
    private var folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private var unpack: URL { folder.appendingPathComponent("unpacked") }

    override func setUpWithError() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws { try FileManager.default.removeItem(at: folder) }

    private func open(_ place: URL) throws -> OpenedBundle { try OpenedBundle(place, unpackFolder: unpack, Work(nil)) }

    private func file(_ bytes: [UInt8]) throws -> URL {
        let place = folder.appendingPathComponent("b.pinpoint")
        try Data(bytes).write(to: place)
        return place
    }

    private func assertNothingLeft() {
        let left = (try? FileManager.default.contentsOfDirectory(atPath: unpack.path)) ?? []
        XCTAssertEqual([], left)
    }

    private func assertRefused(_ place: URL, _ kind: String, _ words: String, line: UInt = #line) {
        XCTAssertThrowsError(try open(place), line: line) { error in
            let own = error as? PinPointError
            XCTAssertTrue(own?.code == kind || kind.isEmpty, "\(error)", line: line)
            XCTAssertTrue(own?.message.contains(words) == true || words.isEmpty, "\(error)", line: line)
        }
        assertNothingLeft()
    }

    private func pairs(_ files: [String: [UInt8]]) -> [(String, [UInt8])] { files.map { ($0.key, $0.value) } }

    func testAFolderOpens() throws {
        let bundle = try open(SmallBundle.write(folder.appendingPathComponent("b")))
        XCTAssertEqual("small", bundle.manifest.name)
        XCTAssertEqual(Sha256.hex(try SmallBundle.files()[manifestName]!).count, bundle.digest.count)
        XCTAssertEqual(["", "a", "b"], try bundle.characters("glance"))
        try bundle.verify()
    }

    func testASingleFileUnpacksOnce() throws {
        let files = try SmallBundle.files()
        let packed = try file(zip(pairs(files)))
        let bundle = try open(packed)
        XCTAssertEqual(unpack.appendingPathComponent(bundle.digest).path, bundle.folder.path)
        for (name, bytes) in files { XCTAssertEqual(bytes, try bundle.bytes(name)) }
        XCTAssertEqual(bundle.digest, try open(packed).digest)
        XCTAssertEqual([bundle.digest], try FileManager.default.contentsOfDirectory(atPath: unpack.path))
    }

    func testUnpackingThatIsCancelledLeavesNothing() async throws {
        let packed = try file(zip(pairs(SmallBundle.files())))
        let unpack = unpack
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try OpenedBundle(packed, unpackFolder: unpack, Work(nil))
        }
        let result = await task.result
        XCTAssertThrowsError(try result.get()) { XCTAssertTrue($0 is CancellationError) }
        assertNothingLeft()
    }

    func testAFolderThatTakesNothingIsAnError() throws {
        let packed = try file(zip(pairs(SmallBundle.files())))
        try Data("a file is in the way".utf8).write(to: unpack)
        XCTAssertEqual("output", code { try open(packed) })
    }

    func testChangedAndCutFilesAreFound() throws {
        let files = try SmallBundle.files()
        var changed = files
        changed["stages/decode.onnx"]![3] &+= 1
        assertRefused(try file(zip(pairs(changed))), "integrity", "changed")
        let whole = zip(pairs(files))
        for size in [0, 10, whole.count / 2, whole.count - 5] { assertRefused(try file(Array(whole[..<size])), "", "") }
        let plain = try SmallBundle.write(folder.appendingPathComponent("b"))
        let stage = plain.appendingPathComponent("stages/detect.onnx")
        try Data([UInt8](repeating: 1, count: 64)).write(to: stage)
        assertRefused(plain, "integrity", "changed")
        try Data([1, 2, 3]).write(to: stage)
        assertRefused(plain, "integrity", "3 bytes")
        try FileManager.default.removeItem(at: stage)
        assertRefused(plain, "bundle", "missing")
    }

    func testHostileNamesAreRefused() throws {
        let files = try pairs(SmallBundle.files())
        let names = [
            "../evil", "/etc/passwd", "a/../../b", "C:evil", "a\\b", "con", "a/nul.txt", "a./b", "a/", "", "ä", "a b",
            String(repeating: "x", count: 101), "MANIFEST.json", "manifest.json/x",
        ]
        for name in names { assertRefused(try file(zip(files + [(name, [1])])), "bundle", "") }
    }

    func testMembersThatAreNoPlainFilesAreRefused() throws {
        let files = try SmallBundle.files()
        let cases: [(String, Edit)] = [
            ("link", Edit(mode: 0xA1ED)), ("encrypted", Edit(flags: 1)), ("method", Edit(method: 12)),
            ("200 times", Edit(size: 1 << 33)), ("above 4 GiB", Edit(size: 5 << 30, packed: 1 << 28)),
            ("negative", Edit(size: -5)),
        ]
        for (words, edit) in cases {
            assertRefused(try file(zip(pairs(files), "stages/glance.onnx", edit)), "", words)
        }
        assertRefused(try file(zip(pairs(files), "stages/glance.onnx", Edit(offset: 7))), "integrity", "is not where")
        assertRefused(try file(zip(pairs(files) + [("extra", [1])])), "bundle", "does not list")
        assertRefused(try file(zip(pairs(files).filter { $0.0 != "tokenizer.json" })), "bundle", "lacks")
        assertRefused(folder.appendingPathComponent("none"), "bundle", "does not exist")
    }

    func testAFileWithAnyFlippedByteOpensWholeOrIsRefused() throws {
        let whole = try zip(pairs(SmallBundle.files()))
        var random = Seeded(1)
        for turn in 0..<300 {
            try? FileManager.default.removeItem(at: unpack)
            var bytes = whole
            // At the structures: the end of the file, and the heads of members.
            let last = turn % 2 == 0 ? min(900, bytes.count) : bytes.count
            let at = bytes.count - 1 - .random(in: 0..<last, using: &random)
            bytes[at] &+= .random(in: 1...255, using: &random)
            do {
                try open(file(bytes)).verify()
            } catch {
                XCTAssertTrue(error is PinPointError, "\(error)")
                assertNothingLeft()
            }
        }
    }

    func testDeflatedBytesAreUnpacked() throws {
        // zlib's: of "ab" 300 times, of nothing, and of a stored block.
        let packed: [UInt8] = [0x4b, 0x4c, 0x4a, 0x1c, 0x85, 0xa3, 0x90, 0xea, 0x10, 0x00]
        XCTAssertEqual(Array(String(repeating: "ab", count: 300).utf8), try unpacked(packed))
        XCTAssertEqual([], try unpacked([3, 0]))
        XCTAssertEqual([7, 8], try unpacked([1, 2, 0, 0xFD, 0xFF, 7, 8]))
        for broken: [UInt8] in [[], [7], [1, 2, 0, 0, 0, 7, 8], [0x4b, 0x4c], [0xFF, 0xFF, 0xFF]] {
            XCTAssertThrowsError(try unpacked(broken))
        }
    }

    private func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        var (rest, all): ([UInt8], [UInt8]) = (bytes, [])
        try inflate(
            {
                defer { rest = [] }
                return rest
            }, { all += $0 })
        return all
    }

    func testManifestsAreReadStrictly() throws {
        let manifest = String(decoding: try SmallBundle.files()[manifestName]!, as: UTF8.self)
        func read(_ text: String) throws -> Manifest { try readManifest(Array(text.utf8), "m") }
        func changed(_ old: String, _ new: String) -> String { manifest.replacingOccurrences(of: old, with: new) }
        let newer = changed("\"1.4\"", "\"1.9\", \"new\": [1, {}]")
        XCTAssertEqual("small", try read(newer).name)
        let broken = [
            (changed("\"1.4\"", "\"2.0\""), "update pinpoint-edge"), (changed("\"1.4\"", "\"0.9\""), "no longer reads"),
            (changed("\"coverage\": 0.8", "\"coverage\": NaN"), "not valid JSON"),
            (changed("\"coverage\": 0.8", "\"coverage\": 1.5"), "$.coverage"),
            (changed("\"coverage\": 0.8", "\"coverage\": \"x\""), "$.coverage"),
            (changed("\"model\"", "\"name\""), "twice"), (changed("\"op\": \"grey\"", "\"op\": \"blue\""), "does not know"),
            (changed("\"fill\": 127", "\"fill\": 128"), "$.preprocessing"),
            (changed("\"batch\": 8", "\"batch\": 9"), "other host parameters"),
            (changed("stages/align.onnx", "../align.onnx"), "holds '..'"),
            (changed("\"dtype\": \"uint8\"", "\"dtype\": \"int4\""), "dtype"), (manifest + "x", "follows"),
            (String(manifest.dropLast(2)), "cut short"), (String(repeating: "[", count: 100_000), "too deep"),
            ("", "cut short"), ("{\"schema\": 1e999}", "too large"), ("{\"a\": \"\\ud800x\", }", "key is missing"),
        ]
        for (text, words) in broken {
            XCTAssertThrowsError(try read(text), words) { error in
                XCTAssertTrue((error as? PinPointError)?.message.contains(words) == true, "\(error): \(words)")
            }
        }
    }
}
