/// The size of a detect image.
struct CanvasSize: Equatable {
    let height: Int
    let width: Int
}

/// Sizes of the detect image.
let canvases = [
    CanvasSize(height: 960, width: 736), CanvasSize(height: 736, width: 960), CanvasSize(height: 960, width: 960),
    CanvasSize(height: 960, width: 480),
]
let maximumUpscale = 1.5

/// A larger canvas must gain this much scale before its extra pixels are worth their time.
private let canvasGain = 1.05

/// A page fitted to one of ``canvases`` (docs/bundle.md, step 3), or to the parts of a long page.
final class Canvas {
    /// RGB, the page at the top left on white.
    let image: Pixels
    /// Canvas pixels per page pixel.
    let scale: Double
    /// Canvas pixels that the page covers.
    let usedWidth: Int
    let usedHeight: Int

    init(image: Pixels, scale: Double, usedWidth: Int, usedHeight: Int) {
        self.image = image
        self.scale = scale
        self.usedWidth = usedWidth
        self.usedHeight = usedHeight
    }

    /// The luma of the image.
    lazy var grey = image.grey()
}

/// Fits a page: the smallest of the canvases whose scale comes near the best.
func fitCanvas(_ page: Pixels) throws -> Canvas {
    func scaleOf(_ size: CanvasSize) -> Double {
        min(Double(size.height) / Double(page.height), Double(size.width) / Double(page.width), maximumUpscale)
    }
    let best = canvases.map(scaleOf).max()!
    let chosen = canvases.filter { scaleOf($0) * canvasGain >= best }.min { $0.height * $0.width < $1.height * $1.width }!
    return try onCanvas(page, chosen, scaleOf(chosen))
}

/// Puts a page on a white canvas of this size, at this scale.
func onCanvas(_ page: Pixels, _ size: CanvasSize, _ scale: Double) throws -> Canvas {
    let usedWidth = min(size.width, max(1, Int((Double(page.width) * scale + 0.5).rounded(.down))))
    let usedHeight = min(size.height, max(1, Int((Double(page.height) * scale + 0.5).rounded(.down))))
    let small = try page.resized(usedWidth, usedHeight)
    let stride = size.width * 3
    let bytes = small.withBytes { source in
        [UInt8](count: size.height * stride) { out in
            out.initialize(repeating: 255, count: size.height * stride)
            for y in 0..<usedHeight {
                (out + y * stride).update(from: source + y * usedWidth * 3, count: usedWidth * 3)
            }
        }
    }
    let image = Pixels(size.width, size.height, 3, bytes)
    return Canvas(image: image, scale: scale, usedWidth: usedWidth, usedHeight: usedHeight)
}
