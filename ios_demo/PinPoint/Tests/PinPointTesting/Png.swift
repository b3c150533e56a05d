import Foundation
import PinPointCore

/// A PNG of 8 bits a value, grey or RGB, without interlace, as tests and `tests/hosts` write them.
public func readPng(_ file: URL) throws -> Pixels {
    let bytes = [UInt8](try Data(contentsOf: file))
    func int(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (width, height) = (int(16), int(20))
    let channels = bytes[25] == 2 ? 3 : 1
    precondition(bytes[24] == 8 && bytes[28] == 0 && (bytes[25] == 0 || bytes[25] == 2), "a PNG of another kind")
    var packed: [UInt8] = []
    var at = 8
    while at + 8 < bytes.count {
        let size = int(at)
        if bytes[at + 4..<at + 8].elementsEqual("IDAT".utf8) { packed += bytes[at + 8..<at + 8 + size] }
        at += size + 12
    }
    var lines: [UInt8] = []
    var given = false
    try inflate(
        {
            defer { given = true }
            return given ? [] : Array(packed.dropFirst(2))
        }, { lines += $0 })
    let stride = width * channels
    var data = [UInt8](repeating: 0, count: height * stride)
    data.withUnsafeMutableBufferPointer { data in
        for y in 0..<height {
            let kind = lines[y * (stride + 1)]
            for x in 0..<stride {
                let left = x >= channels ? Int(data[y * stride + x - channels]) : 0
                let above = y > 0 ? Int(data[(y - 1) * stride + x]) : 0
                let corner = y > 0 && x >= channels ? Int(data[(y - 1) * stride + x - channels]) : 0
                let guess: Int
                switch kind {
                case 1: guess = left
                case 2: guess = above
                case 3: guess = (left + above) / 2
                case 4:
                    let sum = left + above - corner
                    let (a, b, c) = (abs(sum - left), abs(sum - above), abs(sum - corner))
                    guess = a <= b && a <= c ? left : b <= c ? above : corner
                default: guess = 0
                }
                data[y * stride + x] = lines[y * (stride + 1) + 1 + x] &+ UInt8(guess)
            }
        }
    }
    return try Pixels(width: width, height: height, channels: channels, data: data)
}

/// `tests/golden` of the repository.
public let goldenFolder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../tests/golden")
    .standardized
