/// A region read at full resolution: its visual token (d_llm,) and its transcription.
struct Refined: Sendable {
    let visual: [Float]
    let transcription: Transcription
}

/// The best characters of each step that `refine` gives.
private let best = 4

/// The refine stage with its characters and its widths, ascending.
struct Recogniser {
    let stages: Stages
    let characters: [String]
    let widths: [Int]

    /// Reads regions of one page.
    ///
    /// `places`: those of `regions` to read; `geometry`: (N, 4) of all; `onRead` gets each of them with its place.
    func read(
        _ pixels: Pixels, _ regions: [Region], _ places: [Int], _ geometry: [Float], _ work: Work,
        _ onRead: (Int, Refined) -> Void
    ) throws {
        // Padding rounds results differently in their last digits. So a region's own width chooses its batch, not the
        // regions beside it: a transcription depends on nothing but the page.
        let smallest = places.map { place in
            let used = cropWidth(regions[place].quad, refineHeight)
            return widths.first { used <= $0 } ?? widths.last!
        }
        for width in widths {
            let group = zip(places, smallest).filter { $1 == width }.map(\.0)
            try eachCropBatch(pixels, group.map { regions[$0].quad }, refineHeight, [width]) { batch in
                try work.check()
                var positions = [Float](repeating: 0, count: batchSize * 4)
                for (slot, index) in batch.indices.enumerated() {
                    for i in 0..<4 { positions[4 * slot + i] = geometry[4 * group[index] + i] }
                }
                let seen = try stages.run(
                    "refine",
                    [
                        "crops": .bytes(shape: [batchSize, 3, refineHeight, width], batch.crops),
                        "geometry": .floats(shape: [batchSize, 4], positions),
                        "widths": .ints(shape: [batchSize], batch.used),
                    ])
                let visual = try seen.floats("visual")
                let classes = try seen.ints("classes")
                let likely = try seen.floats("probabilities").data
                let (frames, size) = (classes.shape[1], visual.shape[1])
                for (slot, index) in batch.indices.enumerated() {
                    let own = Frames(
                        classes: classes.data, probabilities: likely, offset: slot * frames * best, count: frames,
                        stride: best)
                    let line = try decodeCtc(own, characters, used: Double(batch.used[slot]) / Double(width))
                    let token = Array(visual.data[slot * size..<(slot + 1) * size])
                    onRead(group[index], Refined(visual: token, transcription: line))
                }
            }
        }
    }
}
