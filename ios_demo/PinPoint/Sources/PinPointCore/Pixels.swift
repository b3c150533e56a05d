/// A picture in memory: 8 bits a value, rows from the top, channels last.
public struct Pixels: Sendable, Equatable {
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// 3 (red, green, blue) or 1 (grey).
    public let channels: Int
    /// `height * width * channels` bytes.
    public let data: [UInt8]

    /// A picture of bytes; throws ``PinPointError/option(_:)`` when they are none.
    public init(width: Int, height: Int, channels: Int, data: [UInt8]) throws {
        guard width >= 1, height >= 1 else {
            throw PinPointError.option("An empty picture of \(width) x \(height) px was given; pass one with pixels.")
        }
        guard channels == 1 || channels == 3 else {
            throw PinPointError.option("A picture of \(channels) channels was given; pass 1 (grey) or 3 (RGB).")
        }
        let (area, large) = width.multipliedReportingOverflow(by: height)
        let (size, larger) = area.multipliedReportingOverflow(by: channels)
        guard !large, !larger, data.count == size else {
            throw PinPointError.option(
                "\(data.count) bytes are no picture of \(width) x \(height) px with \(channels) channels.")
        }
        self.init(width, height, channels, data)
    }

    /// A picture of bytes that fit.
    init(_ width: Int, _ height: Int, _ channels: Int, _ data: [UInt8]) {
        self.width = width
        self.height = height
        self.channels = channels
        self.data = data
    }
}

extension Array where Element == UInt8 {
    /// Bytes that `fill` writes, all of them.
    init(count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress, count > 0 { fill(base) }
            initialized = count
        }
    }
}

extension Pixels {
    /// The bytes, for loops that must be fast.
    func withBytes<T>(_ body: (UnsafePointer<UInt8>) -> T) -> T {
        data.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// The planes (channels, height, width), as the graphs take them.
    func planes() -> [UInt8] {
        guard channels == 3 else { return data }
        let size = width * height
        return withBytes { source in
            [UInt8](count: 3 * size) { out in
                for i in 0..<size {
                    out[i] = source[3 * i]
                    out[size + i] = source[3 * i + 1]
                    out[2 * size + i] = source[3 * i + 2]
                }
            }
        }
    }
}
