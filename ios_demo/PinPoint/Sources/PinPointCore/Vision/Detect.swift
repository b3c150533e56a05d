/// The findings of a page: regions, the canvas that was looked at, and the components of its text map.
struct Detected {
    let regions: [Region]
    let canvas: Canvas
    let components: [Component]
}

/// Finds the regions of a page.
func detect(_ stages: Stages, _ pixels: Pixels, _ work: Work) throws -> Detected {
    let isInParts = isLong(pixels.width, pixels.height)
    let canvas = isInParts ? try fitLongCanvas(pixels) : try fitCanvas(pixels)
    let (width, height) = (canvas.image.width, canvas.image.height)
    let maps = try (isInParts ? partsOf(canvas.image) : [canvas.image]).map { part in
        try work.check()
        let image = Tensor.bytes(shape: [1, 3, part.height, part.width], part.planes())
        let map = try stages.run("detect", ["image": image]).floats("text_map").data
        guard map.count == part.width * part.height else {
            throw PinPointError.bundle("Stage detect gave a map of another size; export the bundle again.")
        }
        return map
    }
    let components = findText(
        isInParts ? joinedMap(maps, width, height) : Plane(width: width, height: height, values: maps[0]))
    let regions = regionsOf(components, scale: canvas.scale, pageWidth: pixels.width, pageHeight: pixels.height)
    return Detected(regions: regions, canvas: canvas, components: components)
}
