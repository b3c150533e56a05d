/// A page after detect, layout and glance.
struct LookedPage: Sendable {
    /// As it was looked at, turned and made flat where needed.
    let page: Pixels
    /// Back from that to the page as it was given.
    let way: Way
    /// The regions on the page looked at, in reading order.
    let flat: [Region]
    /// The regions on the page as it was given.
    let regions: [Region]
    let layout: Layout
    let glance: Glance
    /// The first region's index among those of the whole document.
    let first: Int

    var indices: Range<Int> { first..<first + regions.count }

    /// The part of a region between two fractions, 0 to 1, of its reading direction.
    func part(_ place: Int, _ start: Double, _ end: Double) -> Quad { way.toGiven(flat[place].quad.part(start, end)) }
}

/// Brings pages upright and flat, finds their regions, orders them, and glances at each of them.
struct Looker {
    let stages: Stages
    let recogniser: Recogniser
    /// The classes of the glance encoder.
    let characters: [String]
    let readingOrder: String
    let work: Work

    /// Most rounds of making a page flat.
    private static let rounds = 2

    /// A page as it is looked at, and its findings.
    private typealias Seen = (view: View, found: Detected)

    /// Looks at a page; `first`: the index of its first region in the document.
    func look(_ pixels: Pixels, first: Int) throws -> LookedPage {
        work.report(.detect, 0, 1)
        let seen = try work.timed("detect") { try upright(View(pixels)) }
        work.report(.detect, 1, 1)
        let once = try looked(seen, first)
        let isOver = try work.timed("detect") {
            try isUpsideDown(once.flat, once.glance.readings) { try read($0, once.page) }
        }
        if !isOver { return once }
        let over = try work.timed("detect") {
            let turned = View(pixels, quarters: once.way.quarters + 2)
            return try flat(turned, try detect(stages, turned.page, work))
        }
        return try looked(over, first)
    }

    private func looked(_ seen: Seen, _ first: Int) throws -> LookedPage {
        let page = seen.view.page
        let (regions, layout) = work.timed("layout") {
            layOut(seen.found.regions, seen.found.canvas, page.width, page.height, by: readingOrder)
        }
        work.report(.layout, 1, 1)
        let glanced = try work.timed("glance") { try glance(stages, page, regions, characters, work) }
        let way = seen.view.way
        return LookedPage(
            page: page, way: way, flat: regions, regions: way.regionsGiven(regions), layout: layout, glance: glanced,
            first: first)
    }

    /// The page with its lines running across, straight, and its findings.
    private func upright(_ view: View) throws -> Seen {
        let found = try detect(stages, view.page, work)
        let quarters = try quartersOf(found.regions) { try read($0, view.page) }
        if quarters == 0 { return try flat(view, found) }
        let turned = View(view.given, quarters: quarters)
        return try flat(turned, try detect(stages, turned.page, work))
    }

    /// The page made flat, and its findings; a strong bend takes several rounds.
    private func flat(_ view: View, _ found: Detected) throws -> Seen {
        var (view, found) = (view, found)
        for _ in 0..<Self.rounds {
            let heights = found.regions.map { textHeight($0.quad.doubles) }
            let tall = heights.isEmpty ? 0 : median(heights) * found.canvas.scale
            guard let bend = findBend(found.components, found.canvas, tall, view.page.width) else { break }
            view = view.flattened(bend)
            found = try detect(stages, view.page, work)
        }
        let page = view.page
        let regions = try withUpwardLines(found.regions) { try read($0, page) }
        return (view, Detected(regions: regions, canvas: found.canvas, components: found.components))
    }

    /// Transcribes regions of a page in the direction of their quads.
    private func read(_ lines: [Region], _ page: Pixels) throws -> [Transcription] {
        var texts = [Transcription](repeating: Transcription(), count: lines.count)
        let nowhere = [Float](repeating: 0, count: 4 * lines.count)
        try recogniser.read(page, lines, Array(lines.indices), nowhere, work) { texts[$0] = $1.transcription }
        return texts
    }
}
