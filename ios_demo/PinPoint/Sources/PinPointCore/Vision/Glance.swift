/// Values of the features of one region.
let featureCount = 4 * 96

/// The first cheap look at N regions.
struct Glance: Sendable {
    /// (N, 4, 96).
    var features: [Float]
    /// The rough text of each.
    var readings: [String]
    /// The distinct trigrams of each rough text, which every question is compared with.
    let codes: [[UInt64]]
}

/// Looks at all regions of a page; `characters`: the classes of the glance encoder.
func glance(
    _ stages: Stages, _ pixels: Pixels, _ regions: [Region], _ characters: [String], _ work: Work
) throws -> Glance {
    var features = [Float](repeating: 0, count: regions.count * featureCount)
    var readings = [String](repeating: "", count: regions.count)
    let grey = pixels.grey()
    let height = try stages.size("glance", "crops", 2)
    var done = 0
    try eachCropBatch(grey, regions.map(\.quad), height, glanceWidths(height)) { batch in
        try work.check()
        let seen = try stages.run(
            "glance",
            [
                "crops": .bytes(shape: [batchSize, 1, height, batch.width], batch.crops),
                "widths": .ints(shape: [batchSize], batch.used),
            ])
        let found = try seen.floats("features").data
        let (shape, classes) = try seen.ints("reading")
        for (slot, index) in batch.indices.enumerated() {
            let own = slot * featureCount
            features.replaceSubrange(
                index * featureCount..<(index + 1) * featureCount, with: found[own..<own + featureCount])
            let frames = Frames(classes: classes, probabilities: nil, offset: slot * shape[1], count: shape[1], stride: 1)
            readings[index] = try decodeCtc(frames, characters, used: 1).text
        }
        done += batch.indices.count
        work.report(.glance, done, regions.count)
    }
    return Glance(features: features, readings: readings, codes: readings.map(trigramCodes))
}
