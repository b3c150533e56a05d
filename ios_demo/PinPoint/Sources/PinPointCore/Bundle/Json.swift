import Foundation

private let deepest = 100

/// JSON read strictly: no key twice in one object, no NaN, nothing after the value.
enum Json: Equatable {
    case object([ExactText: Json])
    case array([Json])
    case text(String)
    case int(Int)
    case number(Double)
    case bool(Bool)
    case null

    /// The value of UTF-8 bytes; `place` names the source in messages. Throws ``PinPointError/bundle(_:)``.
    static func parse(_ raw: [UInt8], _ place: String) throws -> Json {
        guard String(bytes: raw, encoding: .utf8) != nil else {
            throw PinPointError.bundle("\(place) is not UTF-8. Make or download the bundle again.")
        }
        return try raw.withUnsafeBufferPointer { bytes in
            var reader = Reader(bytes: bytes, place: place)
            return try reader.whole()
        }
    }

    /// The members of an object.
    var members: [ExactText: Json]? { if case .object(let members) = self { members } else { nil } }

    /// The items of an array.
    var items: [Json]? { if case .array(let items) = self { items } else { nil } }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    var int: Int? { if case .int(let value) = self { value } else { nil } }

    /// A number of either kind.
    var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The member of an object.
    subscript(_ name: String) -> Json? { members?[ExactText(name)] }

    /// Whole numbers as floating ones, at every depth, so that 3 and 3.0 are equal.
    var asNumbers: Json {
        switch self {
        case .int(let value): .number(Double(value))
        case .array(let items): .array(items.map(\.asNumbers))
        case .object(let members): .object(members.mapValues(\.asNumbers))
        default: self
        }
    }
}

private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    let place: String
    var at = 0

    func problem(_ reason: String) -> PinPointError {
        .bundle("\(place) is not valid JSON: \(reason) at byte \(at). Make or download the bundle again.")
    }

    mutating func whole() throws -> Json {
        let found = try value(0)
        skipSpace()
        if at < bytes.count { throw problem("something follows the value") }
        return found
    }

    private func peek() throws -> UInt8 {
        guard at < bytes.count else { throw problem("the text is cut short") }
        return bytes[at]
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
    }

    private mutating func value(_ depth: Int) throws -> Json {
        if depth > deepest { throw problem("nested too deep") }
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default: throw problem("an unexpected character")
        }
    }

    /// Goes past a byte, if it is there.
    private mutating func take(_ byte: Unicode.Scalar) throws -> Bool {
        skipSpace()
        guard try peek() == UInt8(ascii: byte) else { return false }
        at += 1
        return true
    }

    private mutating func object(_ depth: Int) throws -> Json {
        var found: [ExactText: Json] = [:]
        at += 1
        if try take("}") { return .object(found) }
        while true {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw problem("a key is missing") }
            let key = ExactText(try string())
            guard try take(":") else { throw problem("':' is missing") }
            let own = try value(depth + 1)
            guard found.updateValue(own, forKey: key) == nil else {
                throw problem("the key '\(key.text.prefix(80))' is there twice")
            }
            if try take("}") { return .object(found) }
            guard try take(",") else { throw problem("',' or '}' is missing") }
        }
    }

    private mutating func array(_ depth: Int) throws -> Json {
        var found: [Json] = []
        at += 1
        if try take("]") { return .array(found) }
        while true {
            found.append(try value(depth + 1))
            if try take("]") { return .array(found) }
            guard try take(",") else { throw problem("',' or ']' is missing") }
        }
    }

    private mutating func string() throws -> String {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 {
            at += 1
        }
        let plain = UnsafeBufferPointer(rebasing: bytes[start..<at])
        if try peek() == UInt8(ascii: "\"") {
            at += 1
            return String(decoding: plain, as: UTF8.self)
        }
        var units = Array(String(decoding: plain, as: UTF8.self).utf16)
        while true {
            switch try peek() {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: units, as: UTF16.self)
            case UInt8(ascii: "\\"): units.append(try escaped())
            case ..<0x20: throw problem("a control character is in a string")
            default:
                let start = at
                while at < bytes.count, bytes[at] >= 0x20, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
                    at += 1
                }
                units += String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self).utf16
            }
        }
    }

    private mutating func escaped() throws -> UInt16 {
        at += 1
        let kind = try peek()
        at += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(kind)
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "u"):
            guard at + 4 <= bytes.count else { throw problem("an escape is cut short") }
            let digits = bytes[at..<at + 4]
            guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw problem("an escape is broken") }
            at += 4
            return unit
        default: throw problem("an escape is broken")
        }
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
        return at - start
    }

    private mutating func number() throws -> Json {
        let start = at
        var isWhole = true
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let leadsWithZero = at < bytes.count && bytes[at] == 0x30
        let count = digits()
        if count == 0 || (leadsWithZero && count > 1) { throw problem("a number is broken") }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            isWhole = false
            at += 1
            if digits() == 0 { throw problem("a number is broken") }
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            if digits() == 0 { throw problem("a number is broken") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole {
            guard let value = Int(text) else { throw problem("a number is too large") }
            return .int(value)
        }
        guard let value = Double(text), value.isFinite else { throw problem("a number is too large") }
        return .number(value)
    }

    private mutating func word(_ word: String, _ value: Json) throws -> Json {
        guard bytes[at...].starts(with: word.utf8) else { throw problem("an unexpected character") }
        at += word.utf8.count
        return value
    }
}
