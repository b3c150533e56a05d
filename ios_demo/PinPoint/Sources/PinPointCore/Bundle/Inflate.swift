/// The bytes of a DEFLATE stream cannot be unpacked.
package struct InflateError: Error {}

private let windowSize = 32_768
private let piece = 1 << 16
private let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]
private let lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
private let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
]
private let codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/// Unpacks a DEFLATE stream (RFC 1951) piece by piece.
///
/// `more` gives packed bytes, none at the end; `body` gets unpacked ones, at most about 100 kB at a time.
package func inflate(_ more: () throws -> [UInt8], _ body: ([UInt8]) throws -> Void) throws {
    try withoutActuallyEscaping(more) { more in
        try withoutActuallyEscaping(body) { body in
            var stream = Inflater(more: more, body: body)
            try stream.run()
        }
    }
}

private struct Inflater {
    let more: () throws -> [UInt8]
    let body: ([UInt8]) throws -> Void
    var source: [UInt8] = []
    var at = 0
    var held: UInt64 = 0
    var count = 0
    var out: [UInt8] = []
    var given = 0

    mutating func run() throws {
        var isLast = false
        while !isLast {
            isLast = try bits(1) == 1
            switch try bits(2) {
            case 0: try stored()
            case 1:
                let lengths =
                    [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24)
                    + [Int](repeating: 8, count: 8)
                try codes(try Huffman(lengths), try Huffman([Int](repeating: 5, count: 30)))
            case 2:
                let (lengths, distances) = try tables()
                try codes(lengths, distances)
            default: throw InflateError()
            }
        }
        try body(Array(out[given...]))
    }

    private mutating func byte() throws -> UInt8 {
        if at == source.count {
            source = try more()
            at = 0
            if source.isEmpty { throw InflateError() }
        }
        at += 1
        return source[at - 1]
    }

    private mutating func bits(_ wanted: Int) throws -> Int {
        while count < wanted {
            held |= UInt64(try byte()) << UInt64(count)
            count += 8
        }
        let value = Int(held & ((1 << UInt64(wanted)) - 1))
        held >>= UInt64(wanted)
        count -= wanted
        return value
    }

    private mutating func symbol(_ code: Huffman) throws -> Int {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            value |= try bits(1)
            let own = code.counts[length]
            if value - own < first { return code.symbols[index + value - first] }
            index += own
            first = (first + own) << 1
            value <<= 1
        }
        throw InflateError()
    }

    private mutating func put(_ byte: UInt8) throws {
        out.append(byte)
        guard out.count - given >= piece else { return }
        try body(Array(out[given...]))
        out.removeFirst(out.count - windowSize)
        given = out.count
    }

    private mutating func stored() throws {
        (held, count) = (0, 0)
        let length = try bits(16)
        guard try bits(16) == length ^ 0xFFFF else { throw InflateError() }
        for _ in 0..<length { try put(byte()) }
    }

    private mutating func tables() throws -> (Huffman, Huffman) {
        let (lengths, distances, codes) = (try bits(5) + 257, try bits(5) + 1, try bits(4) + 4)
        var own = [Int](repeating: 0, count: 19)
        for i in 0..<codes { own[codeOrder[i]] = try bits(3) }
        let code = try Huffman(own)
        var all: [Int] = []
        while all.count < lengths + distances {
            switch try symbol(code) {
            case 16:
                guard let last = all.last else { throw InflateError() }
                all += [Int](repeating: last, count: 3 + (try bits(2)))
            case 17: all += [Int](repeating: 0, count: 3 + (try bits(3)))
            case 18: all += [Int](repeating: 0, count: 11 + (try bits(7)))
            case let length: all.append(length)
            }
        }
        guard all.count == lengths + distances, lengths <= 286 else { throw InflateError() }
        return (try Huffman(Array(all[..<lengths])), try Huffman(Array(all[lengths...])))
    }

    private mutating func codes(_ lengths: Huffman, _ distances: Huffman) throws {
        while true {
            let own = try symbol(lengths)
            if own < 256 {
                try put(UInt8(own))
                continue
            }
            if own == 256 { return }
            guard own - 257 < lengthBases.count else { throw InflateError() }
            let length = lengthBases[own - 257] + (try bits(lengthBits[own - 257]))
            let far = try symbol(distances)
            guard far < distanceBases.count else { throw InflateError() }
            let distance = distanceBases[far] + (try bits(max(far / 2 - 1, 0)))
            guard distance <= out.count else { throw InflateError() }
            for _ in 0..<length { try put(out[out.count - distance]) }
        }
    }
}

/// A canonical Huffman code: symbols in order of their codes, and how many have each length.
private struct Huffman {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    init(_ lengths: [Int]) throws {
        for length in lengths { counts[length] += 1 }
        counts[0] = 0
        var left = 1
        for length in 1...15 {
            left = 2 * left - counts[length]
            if left < 0 { throw InflateError() }
        }
        for length in 1...15 { symbols += lengths.indices.filter { lengths[$0] == length } }
    }
}
