import Foundation
import PinPointCore

/// A question with a name, as of one field of a form.
public struct Field: Codable, Equatable, Sendable {
    public var name: String
    public var question: String

    public init(name: String, question: String) {
        self.name = name
        self.question = question
    }
}

/// A named list of fields.
public struct Template: Codable, Equatable, Sendable {
    public var name: String
    public var fields: [Field]

    public init(name: String, fields: [Field]) {
        self.name = name
        self.fields = fields
    }

    /// The templates that the app brings.
    public static let standard = [
        Template(
            name: "Receipt",
            fields: [
                Field(name: "company", question: "What is the name of the company?"),
                Field(name: "date", question: "What is the date?"), Field(name: "total", question: "What is the total?"),
            ]),
        Template(
            name: "Invoice",
            fields: [
                Field(name: "number", question: "What is the invoice number?"),
                Field(name: "date", question: "What is the invoice date?"),
                Field(name: "due", question: "What is the due date?"), Field(name: "total", question: "What is the total?"),
            ]),
        Template(
            name: "Identity card",
            fields: [
                Field(name: "name", question: "What is the name?"),
                Field(name: "birth", question: "What is the date of birth?"),
                Field(name: "number", question: "What is the number of the card?"),
            ]),
    ]
}

/// Results as JSON, of the form of `extract` in docs/bundle.md; equal names keep the last.
public func resultsJson(_ results: [FormModel.Result]) throws -> String {
    struct Row: Encodable {
        let text: String?
        let found: Bool
        let confidence: Double
        let page: Int?
        let boxes: [[Double]]
    }
    let rows = results.map { result in
        let boxes = result.answer.boxes.map { box in [box.x0, box.y0, box.x1, box.y1].map { ($0 * 100).rounded() / 100 } }
        return (
            result.name,
            Row(
                text: result.answer.text, found: result.answer.found,
                confidence: (result.answer.confidence * 10_000).rounded() / 10_000, page: result.answer.page,
                boxes: boxes)
        )
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let fields = Dictionary(rows, uniquingKeysWith: { $1 })
    return String(decoding: try encoder.encode(["fields": fields]), as: UTF8.self)
}

/// Results as CSV (RFC 4180); text that a spreadsheet would take for a formula begins with an apostrophe.
public func resultsCsv(_ results: [FormModel.Result]) -> String {
    func cell(_ text: String) -> String {
        let first = text.unicodeScalars.first
        let safe = first.map { "=+-@\t\r".unicodeScalars.contains($0) } == true ? "'" + text : text
        let isPlain = !safe.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        return isPlain ? safe : "\"\(safe.replacingOccurrences(of: "\"", with: "\"\""))\""
    }
    let rows = results.map { result in
        [
            result.name, result.answer.text ?? "", String(format: "%.4f", result.answer.confidence),
            result.answer.page.map { String($0 + 1) } ?? "",
        ].map(cell).joined(separator: ",")
    }
    return (["name,answer,confidence,page"] + rows).map { $0 + "\r\n" }.joined()
}
