/// The way from a page looked at back to the page given, of `width` x `height`; it holds no pixels.
struct Way: Sendable {
    let width: Int
    let height: Int
    /// By which the page was turned, counter-clockwise.
    let quarters: Int
    /// How the turned one lies, nil for flat.
    var bend: Bend?

    private var isStraight: Bool { quarters == 0 && bend == nil }

    /// Where a quad of the page looked at lies on the page as given.
    func toGiven(_ quad: Quad) -> Quad {
        if isStraight { return quad }
        let (wide, high) = (Double(width), Double(height))
        var corners = quad.corners
        for i in stride(from: 0, to: 8, by: 2) {
            let x = Double(quad.corners[i])
            let flat = Double(quad.corners[i + 1])
            let y = bend?.toBent(x, flat) ?? flat
            let (left, top) =
                switch quarters {
                case 0: (x, y)
                case 1: (wide - y, x)
                case 2: (wide - x, high - y)
                default: (y, high - x)
                }
            corners[i] = Float(min(max(left, 0), wide))
            corners[i + 1] = Float(min(max(top, 0), high))
        }
        return Quad(corners)
    }

    /// Regions of the page looked at as regions of the page as given.
    func regionsGiven(_ found: [Region]) -> [Region] {
        isStraight ? found : found.map { Region(quad: toGiven($0.quad), score: $0.score) }
    }
}

/// A page made upright and flat.
struct View {
    /// As it is looked at.
    let page: Pixels
    /// As it was handed in.
    let given: Pixels
    /// The one given, turned.
    private let upright: Pixels
    let way: Way

    /// The view of a page turned by quarters, counter-clockwise.
    init(_ page: Pixels, quarters: Int = 0) {
        given = page
        way = Way(width: page.width, height: page.height, quarters: quarters % 4)
        upright = way.quarters == 0 ? page : turned(page, 0, 0, page.width, page.height, way.quarters)
        self.page = upright
    }

    private init(_ view: View, _ bend: Bend) {
        given = view.given
        upright = view.upright
        page = bend.flatten(upright)
        way = Way(width: given.width, height: given.height, quarters: view.way.quarters, bend: bend)
    }

    /// The view with its page made flat, also where it was made flatter before.
    func flattened(_ next: Bend) -> View { View(self, way.bend.map(next.of) ?? next) }
}
