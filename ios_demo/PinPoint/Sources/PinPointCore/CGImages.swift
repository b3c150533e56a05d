#if canImport(CoreGraphics)
import CoreGraphics

extension Pixels {
    /// A picture in RGB, upright as it is; throws ``PinPointError/page(_:)`` when it cannot be drawn.
    ///
    /// Transparent parts become white. Colours are drawn to sRGB.
    public init(_ image: CGImage) throws {
        let (width, height) = (image.width, image.height)
        var colours = [UInt8](repeating: 255, count: width * height * 4)
        let isDrawn = colours.withUnsafeMutableBytes { memory in
            guard let space = CGColorSpace(name: CGColorSpace.sRGB),
                let context = CGContext(
                    data: memory.baseAddress, width: width, height: height, bitsPerComponent: 8, bytesPerRow: 4 * width,
                    space: space, bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
            else { return false }
            context.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
            return true
        }
        guard isDrawn else {
            throw PinPointError.page("A picture of \(width) x \(height) px cannot be drawn; save it anew as PNG or JPEG.")
        }
        let data = [UInt8](count: width * height * 3) { out in
            for i in 0..<width * height { for c in 0..<3 { out[3 * i + c] = colours[4 * i + c] } }
        }
        try self.init(width: width, height: height, channels: 3, data: data)
    }
}

extension PinPoint {
    /// Reads a page that was decoded upright; see ``read(_:progress:)-(Pixels,_)``.
    public func read(_ image: CGImage, progress: ProgressHandler? = nil) async throws -> Document {
        try await read(Pixels(image), progress: progress)
    }
}
#endif
