/// The fields of a JSON object that is checked as it is read; `path` names it in messages.
struct Fields {
    let path: String
    private let values: [ExactText: Json]

    init(_ value: Json, _ path: String) throws {
        guard let values = value.members else { throw broken(path, "it is no object") }
        self.values = values
        self.path = path
    }

    /// Names, sorted.
    var names: [String] { values.keys.map(\.text).sorted() }

    /// The value of a field, nil where there is none or null.
    subscript(_ name: String) -> Json? {
        guard let value = values[ExactText(name)], value != .null else { return nil }
        return value
    }

    private func required<T>(_ name: String, _ kind: String, _ take: (Json) -> T?) throws -> T {
        guard let value = self[name] else { throw broken("\(path).\(name)", "it is missing") }
        guard let taken = take(value) else { throw broken("\(path).\(name)", "it is no \(kind)") }
        return taken
    }

    func text(_ name: String) throws -> String { try required(name, "text") { $0.text } }

    /// A whole number from `least` on.
    func int(_ name: String, from least: Int = .min) throws -> Int {
        let value = try required(name, "whole number") { $0.int }
        guard value >= least, least == 0 || value <= Int32.max else { throw broken("\(path).\(name)", "it is out of range") }
        return value
    }

    func number(_ name: String, default missing: Double? = nil) throws -> Double {
        if let missing, self[name] == nil { return missing }
        return try required(name, "number") { $0.double }
    }

    func list(_ name: String) throws -> [Json] { try required(name, "list") { $0.items } }

    func texts(_ name: String) throws -> [String] {
        try required(name, "list of texts") { all($0.items) { $0.text } }
    }

    func ints(_ name: String) throws -> [Int] {
        try required(name, "list of whole numbers") { all($0.items) { $0.int } }
    }

    /// Lists of whole numbers.
    func rows(_ name: String) throws -> [[Int]] {
        try required(name, "list of lists of whole numbers") { all($0.items) { all($0.items) { $0.int } } }
    }

    func fields(_ name: String) throws -> Fields {
        guard let value = self[name] else { throw broken("\(path).\(name)", "it is missing") }
        return try Fields(value, "\(path).\(name)")
    }

    /// Another object, empty where there is none.
    func optional(_ name: String) throws -> Fields { try Fields(self[name] ?? .object([:]), "\(path).\(name)") }

    func objects(_ name: String) throws -> [Fields] {
        try list(name).enumerated().map { try Fields($1, "\(path).\(name)[\($0)]") }
    }

    /// The fields of each member.
    func each<T>(_ take: (Fields) throws -> T) throws -> [String: T] {
        var found: [String: T] = [:]
        for name in names { found[name] = try take(fields(name)) }
        return found
    }
}

/// Each item taken, nil when one cannot be.
private func all<T>(_ items: [Json]?, _ take: (Json) -> T?) -> [T]? {
    guard let items else { return nil }
    let taken = items.compactMap(take)
    return taken.count == items.count ? taken : nil
}

func broken(_ path: String, _ reason: String) -> PinPointError {
    .bundle("The manifest is broken at \(path): \(reason). Make or download the bundle again.")
}
