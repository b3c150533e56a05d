import PinPointCore

/// Rows from which one filled-up run is faster than single steps: a run of 64 costs about five.
private let fillFrom = 5

/// One run of a decode stage of fixed sizes: `valid` of its rows count.
struct Chunk: Equatable {
    /// Of the size of the run; an id from the vocabulary on picks from this run's `visual`.
    var ids: [Int32]
    /// (size, width).
    var visual: [Float]
    let valid: Int

    /// The stage's inputs; `position`: of the first row in the cache.
    func inputs(_ position: Int, _ width: Int) -> [String: Tensor] {
        [
            "ids": .ints(shape: [1, ids.count], ids), "visual": .floats(shape: [ids.count, width], visual),
            "position": .ints(shape: [1], [Int32(position)]), "valid": .ints(shape: [1], [Int32(valid)]),
        ]
    }
}

/// The sizes of a decode stage.
struct DecodeSizes {
    /// Ids of text; visual tokens follow.
    let vocabulary: Int
    /// Of a visual token.
    let width: Int
    /// Rows of a run, ascending, from 1.
    let rows: [Int]

    init(_ stage: StageFile) throws {
        func last(_ tensors: [TensorSpec], _ name: String) -> Int? {
            guard case .fixed(let size)? = tensors.first(where: { $0.name == name })?.shape.last else { return nil }
            return size
        }
        rows = stage.buckets.compactMap { $0["q"] }.sorted()
        guard let width = last(stage.inputs, "visual"), let vocabulary = last(stage.outputs, "logits"), rows.first == 1
        else {
            throw RunnerError("\(stage.stage): this is no decode stage: it needs visual, logits and runs of one row.")
        }
        (self.width, self.vocabulary) = (width, vocabulary)
    }

    /// Cuts ids into runs; `free`: rows free in the cache, as a filled-up run must fit as well.
    func chunks(_ ids: [Int32], _ visual: [Float], free: Int) -> [Chunk] {
        var found: [Chunk] = []
        var start = 0
        while start < ids.count {
            let left = ids.count - start
            let whole = rows.last { $0 <= left }!
            let filled = rows.first { left < $0 && $0 <= free - start }
            let size = left / whole >= fillFrom ? filled ?? whole : whole
            let end = min(start + size, ids.count)
            found.append(chunk(ids[start..<end], visual, size))
            start = end
        }
        return found
    }

    private func chunk(_ ids: ArraySlice<Int32>, _ visual: [Float], _ size: Int) -> Chunk {
        var own = Chunk(
            ids: ids + [Int32](repeating: 0, count: size - ids.count),
            visual: [Float](repeating: 0, count: size * width), valid: ids.count)
        var used = 0
        for (row, id) in ids.enumerated() where Int(id) >= vocabulary {
            let from = (Int(id) - vocabulary) * width
            own.visual.replaceSubrange(used * width..<(used + 1) * width, with: visual[from..<from + width])
            own.ids[row] = Int32(vocabulary + used)
            used += 1
        }
        return own
    }
}

/// A decode stage that keeps keys and values itself and takes runs of fixed sizes.
final class ChunkedKvCache: KvCache {
    let capacity: Int
    private(set) var length = 0
    private let stage: StageFile
    private let sizes: DecodeSizes
    private let session: any Session

    init(_ stage: StageFile, _ capacity: Int, _ session: any Session) throws {
        self.stage = stage
        self.capacity = capacity
        self.session = session
        sizes = try DecodeSizes(stage)
    }

    func run(_ ids: [Int32], _ visual: [Float]) throws -> [Float] {
        var logits: [Float] = []
        for chunk in sizes.chunks(ids, visual, free: capacity - length) {
            guard case .floats(_, let found)? = try session.run(chunk.inputs(length, sizes.width))["logits"] else {
                throw RunnerError("\(stage.stage): the stage gave no logits")
            }
            logits = found
            length += chunk.valid
        }
        return logits
    }

    func truncate(_ length: Int) throws {
        guard (0...self.length).contains(length) else {
            throw RunnerError("\(stage.stage): a cache of \(self.length) tokens cannot be cut to \(length).")
        }
        self.length = length
    }
}
