package org.pinpoint.edge

import java.io.File
import org.pinpoint.edge.bundle.MANIFEST
import org.pinpoint.edge.bundle.hexDigest

/** A bundle in the real format whose graphs are no graphs: a [FakeRunner] stands in for them. */
internal object TestBundle {
    /** The files of a bundle by name, the manifest with them. */
    fun files(): Map<String, ByteArray> {
        val files = LinkedHashMap<String, ByteArray>()
        for (stage in listOf("detect", "glance", "align", "refine", "decode")) {
            files["stages/$stage.onnx"] = ByteArray(64) { (it * stage.length).toByte() }
        }
        files["tokenizer.json"] = File(System.getProperty("golden"), "tokenizer/tokenizer.json").readBytes()
        files["glance.json"] = "[\"\", \"a\", \"b\"]".toByteArray()
        files["characters.json"] = "[\"\", \"T\", \"o\", \"t\", \"a\", \"l\", \" \", \"7\"]".toByteArray()
        files[MANIFEST] = manifest(files).toByteArray()
        return files
    }

    /** Writes the bundle as a folder; [change] is made to its manifest. */
    fun write(folder: File, change: (String) -> String = { it }): File {
        for ((name, bytes) in files()) {
            val own = if (name == MANIFEST) change(String(bytes)).toByteArray() else bytes
            File(folder, name).apply { parentFile.mkdirs() }.writeBytes(own)
        }
        return folder
    }

    private fun manifest(files: Map<String, ByteArray>): String {
        val listed = files.entries.joinToString(",\n  ") { (name, bytes) ->
            "\"$name\": {\"sha256\": \"${hexDigest(bytes)}\", \"size\": ${bytes.size}}"
        }
        fun stage(name: String, inputs: String) =
            "\"$name\": {\"file\": \"stages/$name.onnx\", \"data\": [], \"inputs\": [$inputs], \"outputs\": []}"
        fun tensor(name: String, dtype: String, shape: String) =
            "{\"name\": \"$name\", \"dtype\": \"$dtype\", \"shape\": [$shape]}"
        return """{
 "schema": "1.4", "name": "small", "model": "test 1", "target": "fake", "requires": [],
 "stages": {
  ${stage("detect", tensor("image", "uint8", "1, 3, \"H\", \"W\""))},
  ${stage("glance", tensor("crops", "uint8", "8, 1, 16, \"w\""))},
  ${stage("align", tensor("match", "float32", "\"N\", 6") + "," + tensor("geometry", "float32", "\"N\", 8"))},
  ${stage("refine", tensor("crops", "uint8", "8, 3, 48, \"w\""))},
  ${stage("decode", tensor("ids", "int32", "1, \"q\""))}
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
 "recipe": {"name": "none", "digest": ""}, "tools": {}, "licences": [{"component": "it", "licence": "MIT", "source": "us"}],
 "files": {
  $listed
 },
 "parity": {}
}
"""
    }
}
