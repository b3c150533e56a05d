import PinPointCore

/// Where a page lies on the screen: fitted, then enlarged about a point and moved.
public struct Viewport: Equatable, Sendable {
    /// Of the view, in points.
    public var width = 0.0
    public var height = 0.0
    /// Times the fitted size, 1 to ``most``.
    public private(set) var zoom = 1.0
    private var moved = (x: 0.0, y: 0.0)

    /// The largest zoom.
    public static let most = 8.0

    public init(width: Double = 0, height: Double = 0) {
        self.width = width
        self.height = height
    }

    /// Points per pixel of a page, and where its upper left corner lies.
    public func placement(_ page: Pixels) -> (scale: Double, x: Double, y: Double) {
        let fit = min(width / Double(page.width), height / Double(page.height))
        let scale = max(fit, 0) * zoom
        return (scale, (width - scale * Double(page.width)) / 2 + moved.x, (height - scale * Double(page.height)) / 2 + moved.y)
    }

    /// The corners of a quad of the page on the screen: x0 y0 x1 y1 …
    public func corners(_ quad: Quad, _ page: Pixels) -> [Double] {
        let (scale, x, y) = placement(page)
        return quad.corners.enumerated().map { Double($1) * scale + ($0 % 2 == 0 ? x : y) }
    }

    /// Enlarges about a point of the view, which stays where it is.
    public mutating func magnify(_ by: Double, x: Double, y: Double) {
        let before = zoom
        zoom = min(max(zoom * by, 1), Self.most)
        let ratio = zoom / before
        moved.x = (x - width / 2) * (1 - ratio) + moved.x * ratio
        moved.y = (y - height / 2) * (1 - ratio) + moved.y * ratio
        if zoom == 1 { moved = (0, 0) }
    }

    /// Moves the enlarged page, no farther than its middle to the edge.
    public mutating func move(x: Double, y: Double) {
        let (far, high) = (width * (zoom - 1) / 2, height * (zoom - 1) / 2)
        moved.x = min(max(moved.x + x, -far), far)
        moved.y = min(max(moved.y + y, -high), high)
    }

    public static func == (one: Viewport, other: Viewport) -> Bool {
        (one.width, one.height, one.zoom) == (other.width, other.height, other.zoom) && one.moved == other.moved
    }
}

/// Where a box lies on a page in words, for those who hear the screen: "top left", "middle", "bottom right".
public func placeInWords(_ box: Box, width: Int, height: Int) -> String {
    func third(_ low: Double, _ high: Double, _ size: Int) -> Int {
        min(max(Int((low + high) / 2 / Double(size) * 3), 0), 2)
    }
    let row = ["top", "middle", "bottom"][third(box.y0, box.y1, height)]
    let column = ["left", "", "right"][third(box.x0, box.x1, width)]
    return column.isEmpty ? row : "\(row) \(column)"
}
