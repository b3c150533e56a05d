import Foundation

@testable import PinPointCore

/// A bundle in the real format whose graphs are no graphs: a ``FakeRunner`` stands in for them.
enum SmallBundle {
    /// The files of a bundle by name, the manifest with them.
    static func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for stage in stageNames { files["stages/\(stage).onnx"] = (0..<64).map { UInt8(truncatingIfNeeded: $0 * stage.count) } }
        files["tokenizer.json"] = try Golden("tokenizer").bytes("tokenizer.json")
        files["glance.json"] = Array("[\"\", \"a\", \"b\"]".utf8)
        files["characters.json"] = Array("[\"\", \"T\", \"o\", \"t\", \"a\", \"l\", \" \", \"7\"]".utf8)
        files[manifestName] = Array(manifest(files).utf8)
        return files
    }

    /// Writes the bundle as a folder; `change` is made to its manifest.
    static func write(_ folder: URL, _ change: (String) -> String = { $0 }) throws -> URL {
        for (name, bytes) in try files() {
            let place = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            let text = name == manifestName ? Array(change(String(decoding: bytes, as: UTF8.self)).utf8) : bytes
            try Data(text).write(to: place)
        }
        return folder
    }

    private static func manifest(_ files: [String: [UInt8]]) -> String {
        let listed = files.map { "\"\($0.key)\": {\"sha256\": \"\(Sha256.hex($0.value))\", \"size\": \($0.value.count)}" }
        func tensor(_ name: String, _ dtype: String, _ shape: String) -> String {
            "{\"name\": \"\(name)\", \"dtype\": \"\(dtype)\", \"shape\": [\(shape)]}"
        }
        func stage(_ name: String, _ inputs: String) -> String {
            "\"\(name)\": {\"file\": \"stages/\(name).onnx\", \"data\": [], \"inputs\": [\(inputs)], \"outputs\": []}"
        }
        let places = tensor("match", "float32", "\"N\", 6") + "," + tensor("geometry", "float32", "\"N\", 8")
        return """
            {
             "schema": "1.4", "name": "small", "model": "test 1", "target": "fake", "requires": [],
             "stages": {
              \(stage("detect", tensor("image", "uint8", "1, 3, \"H\", \"W\""))),
              \(stage("glance", tensor("crops", "uint8", "8, 1, 16, \"w\""))),
              \(stage("align", places)),
              \(stage("refine", tensor("crops", "uint8", "8, 3, 48, \"w\""))),
              \(stage("decode", tensor("ids", "int32", "1, \"q\"")))
             },
             "preprocessing": {"version": 1, "ops": [
              {"op": "fit_canvas", "stage": "detect", "arguments": {"canvases": [[960, 736], [736, 960], [960, 960], [960, 480]],
               "fill": 255, "gain": 1.05, "maximum_upscale": 1.5}},
              {"op": "resize", "stage": "detect", "arguments": {"filter": "bilinear-antialiased"}},
              {"op": "components", "stage": "detect", "arguments": {"box_score": 0.5, "minimum_side": 3.0, "neighbours": 8,
               "threshold": 0.3, "unclip": 1.6}},
              {"op": "grey", "stage": "glance", "arguments": {"matrix": "itu-r-601-2"}},
              {"op": "crop", "stage": "glance", "arguments": {"fill": 255, "height": 16, "widths": [64, 128, 256, 512, 1024]}},
              {"op": "ctc", "stage": "glance", "arguments": {"blank": 0}},
              {"op": "trigrams", "stage": "align", "arguments": {"instruction": 64, "reading": 32}},
              {"op": "crop", "stage": "refine", "arguments": {"fill": 127, "height": 48, "widths": [192, 512]}},
              {"op": "ctc", "stage": "refine", "arguments": {"blank": 0}}]},
             "host": {"canvases": [[960, 736], [736, 960], [960, 960], [960, 480]], "glance_height": 16,
              "glance_widths": [64, 128, 256, 512, 1024], "refine_height": 48, "refine_widths": [192, 512], "batch": 8,
              "align_sizes": [64, 256], "instruction_trigrams": 64, "reading_trigrams": 32,
              "detection": {"threshold": 0.3, "box_score": 0.5, "unclip": 1.6}, "reading_order": "layout"},
             "tokenizer": "tokenizer.json", "characters": {"glance": "glance.json", "refine": "characters.json"},
             "special_ids": {"start": 1, "end": 2}, "vocabulary": 859, "d_llm": 4,
             "token_budget": {"default": 256, "maximum": 1024}, "coverage": 0.8,
             "kv": {"form": "shared-buffer", "layers": 1, "heads": 1, "head_dim": 4, "capacity": 512},
             "recipe": {"name": "none", "digest": ""}, "tools": {},
             "licences": [{"component": "it", "licence": "MIT", "source": "us"}],
             "files": {\(listed.joined(separator: ",\n"))},
             "parity": {}
            }
            """
    }
}

/// What a hostile directory says of one member.
struct Edit {
    var mode: Int?
    var flags: Int?
    var method: Int?
    var size: Int?
    var packed: Int?
    var offset: Int?
}

/// A ZIP of stored members; `edit` is what its directory says of `edited` instead of the truth.
func zip(_ files: [(String, [UInt8])], _ edited: String = "", _ edit: Edit = Edit()) -> [UInt8] {
    var out: [UInt8] = []
    var directory: [UInt8] = []
    func bytes(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    func fields(_ values: (Int, Int)...) -> [UInt8] { values.flatMap { bytes($0.0, $0.1) } }
    for (name, content) in files.sorted(by: { $0.0 < $1.0 }) {
        let own = name == edited ? edit : Edit()
        let raw = Array(name.utf8)
        let at = out.count
        out += fields((0x0403_4b50, 4), (20, 2), (0, 4), (0x21_0000, 4), (0, 4), (content.count, 4), (content.count, 4))
        out += fields((raw.count, 2), (0, 2)) + raw + content
        directory += fields((0x0201_4b50, 4), (0x031E, 2), (45, 2), (own.flags ?? 0, 2), (own.method ?? 0, 2))
        directory += fields((0x21_0000, 4), (0, 4), (-1, 4), (-1, 4), (raw.count, 2), (28, 2), (0, 6))
        directory += fields(((own.mode ?? 0x81A4) << 16, 4), (-1, 4)) + raw + fields((1, 2), (24, 2))
        directory += fields((own.size ?? content.count, 8), (own.packed ?? content.count, 8), (own.offset ?? at, 8))
    }
    let at = out.count
    out += directory + fields((0x0605_4b50, 4), (0, 4), (files.count, 2), (files.count, 2), (directory.count, 4))
    return out + fields((at, 4), (0, 2))
}
