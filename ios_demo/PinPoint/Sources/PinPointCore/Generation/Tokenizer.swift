private let mostCached = 4096
private let mostIds = 1 << 22

/// The language model's tokenizer: a byte-level BPE read from a `tokenizer.json`.
///
/// Text that comes from a page or a user is never parsed for control tokens: `<|im_end|>` written on a form encodes as
/// ordinary characters. Control ids are reached only by name, through ``controlId(_:)``.
final class Tokenizer {
    private var controls: [ExactText: Int] = [:]
    private let singleDigits: Bool
    private var merges: PairTable
    private var idOfByte = [Int32](repeating: -1, count: 256)
    private var cache: [ExactText: [Int32]] = [:]

    /// The bytes of every id in order; control tokens are empty.
    private(set) var bytesTable: [[UInt8]]

    init(_ source: [UInt8], _ place: String) throws {
        func broken(_ reason: String) -> PinPointError {
            .bundle("The tokenizer in \(place) is broken (\(reason)): export the bundle again.")
        }
        let root = try Json.parse(source, place)
        guard let model = root["model"] else { throw broken("no model") }
        guard model["type"]?.text ?? "BPE" == "BPE" else { throw broken("no BPE") }
        guard let vocabulary = model["vocab"]?.members else { throw broken("no vocab") }
        var ids: [ExactText: Int] = [:]
        ids.reserveCapacity(vocabulary.count)
        func take(_ name: ExactText, _ value: Json?) throws {
            guard let id = value?.int, (0..<mostIds).contains(id) else { throw broken("ids out of range") }
            ids[name] = id
        }
        for (name, value) in vocabulary { try take(name, value) }
        var plain: Set<ExactText> = []
        for token in root["added_tokens"]?.items ?? [] {
            guard let content = token["content"]?.text.map(ExactText.init) else { throw broken("added_tokens") }
            try take(content, token["id"])
            plain.insert(content)
            if case .bool(true) = token["special"] { controls[content] = ids[content] }
        }
        bytesTable = [[UInt8]](repeating: [], count: (ids.values.max() ?? -1) + 1)
        for (name, id) in ids where controls[name] == nil {
            guard let bytes = plain.contains(name) ? Array(name.text.utf8) : bytesOf(name.text) else {
                throw broken("token '\(name.text)'")
            }
            bytesTable[id] = bytes
            if bytes.count == 1 { idOfByte[Int(bytes[0])] = Int32(id) }
        }
        guard let rules = model["merges"]?.items else { throw broken("no merges") }
        merges = PairTable(count: rules.count)
        for (rank, rule) in rules.enumerated() {
            let pair = rule.items?.compactMap(\.text) ?? rule.text.map(halves) ?? []
            guard pair.count == 2, let left = ids[ExactText(pair[0])], let right = ids[ExactText(pair[1])],
                let joined = ids[ExactText(pair[0] + pair[1])]
            else { throw broken("merges") }
            merges.put(Int32(left), Int32(right), Int32(rank), Int32(joined))
        }
        singleDigits = preTokenizers(root["pre_tokenizer"]).contains { own in
            guard own["type"]?.text == "Digits", case .bool(true) = own["individual_digits"] else { return false }
            return true
        }
    }

    /// Number of ids, control tokens included; the first visual id follows the last one.
    var vocabulary: Int { bytesTable.count }

    /// The id of a control token such as `<|im_end|>`.
    func controlId(_ name: String) throws -> Int {
        guard let id = controls[ExactText(name)] else {
            throw PinPointError.bundle(
                "The tokenizer has no control token '\(name)': export the bundle again with a chat-tuned model.")
        }
        return id
    }

    /// Ids of the text; control tokens are never produced.
    func encode(_ text: String) -> [Int32] {
        if let known = cache[ExactText(text)] { return known }
        var ids: [Int32] = []
        for piece in pieces(text, singleDigits: singleDigits) { merge(String(points: piece), &ids) }
        if cache.count >= mostCached { cache.removeAll(keepingCapacity: true) }
        cache[ExactText(text)] = ids
        return ids
    }

    /// Joins the bytes of a piece, the earliest rule first, the leftmost place of equals.
    private func merge(_ piece: String, _ found: inout [Int32]) {
        var ids = piece.utf8.map { idOfByte[Int($0)] }
        while ids.count > 1 {
            var best: Int?
            var lowest = Int32.max
            for i in 0..<ids.count - 1 {
                let rank = merges.rank(ids[i], ids[i + 1])
                if rank < lowest {
                    lowest = rank
                    best = i
                }
            }
            guard let best else { break }
            ids[best] = merges.joined(ids[best], ids[best + 1])
            ids.remove(at: best + 1)
        }
        found += ids.filter { $0 >= 0 }
    }
}

/// A rule as older files write it: both parts with a space between.
private func halves(_ rule: String) -> [String] {
    rule.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
}

private func preTokenizers(_ value: Json?) -> [Json] {
    guard let value, value.members != nil else { return [] }
    return value["pretokenizers"]?.items.map { $0.flatMap(preTokenizers) } ?? [value]
}

private func bytesOf(_ token: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    for point in token.unicodeScalars {
        guard Int(point.value) < byteOfStandIn.count, let byte = byteOfStandIn[Int(point.value)] else { return nil }
        bytes.append(byte)
    }
    return bytes
}

/// From two ids to the rank of their merge and the id that it makes: open addressing, as it is asked for every byte.
private struct PairTable {
    private let mask: Int
    private var keys: [Int64]
    private var ranks: [Int32]
    private var results: [Int32]

    init(count: Int) {
        var size = 16
        while size < 2 * count { size *= 2 }
        mask = size - 1
        keys = [Int64](repeating: -1, count: size)
        ranks = [Int32](repeating: .max, count: size)
        results = [Int32](repeating: -1, count: size)
    }

    private func slot(_ left: Int32, _ right: Int32) -> (Int, Int64) {
        let key = Int64(left) << 32 | Int64(UInt32(bitPattern: right))
        var at = Int(truncatingIfNeeded: UInt64(bitPattern: key &* -0x61c8_8646_80b5_83eb) >> 40) & mask
        while keys[at] != -1 && keys[at] != key { at = (at + 1) & mask }
        return (at, key)
    }

    mutating func put(_ left: Int32, _ right: Int32, _ rank: Int32, _ result: Int32) {
        let (at, key) = slot(left, right)
        if keys[at] != -1 { return }
        keys[at] = key
        ranks[at] = rank
        results[at] = result
    }

    func rank(_ left: Int32, _ right: Int32) -> Int32 {
        let (at, key) = slot(left, right)
        return keys[at] == key ? ranks[at] : .max
    }

    func joined(_ left: Int32, _ right: Int32) -> Int32 { results[slot(left, right).0] }
}
