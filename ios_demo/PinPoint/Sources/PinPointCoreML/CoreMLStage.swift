#if canImport(CoreML)
import CoreML
import CoreVideo
import PinPointCore

/// A stage in Core ML; the decode stage with its keys and values as state.
@available(iOS 18, macOS 15, *)
final class CoreMLStage: Session {
    private let stage: StageFile
    private let model: MLModel
    private let state: MLState?

    init(_ stage: StageFile, _ model: MLModel, state: Bool) throws {
        self.stage = stage
        self.model = model
        self.state = state ? model.makeState() : nil
        let known = model.modelDescription.inputDescriptionsByName
        if let missing = stage.inputs.first(where: { known[$0.name] == nil }) {
            throw RunnerError("the model takes no input \(missing.name); it is of another stage or bundle")
        }
    }

    func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
        do {
            var features: [String: MLFeatureValue] = [:]
            for spec in stage.inputs {
                guard let tensor = inputs[spec.name] else { throw RunnerError("the input \(spec.name) is missing") }
                features[spec.name] = try feature(spec.name, tensor)
            }
            let given = try MLDictionaryFeatureProvider(dictionary: features)
            let found =
                if let state { try model.prediction(from: given, using: state) } else { try model.prediction(from: given) }
            var results: [String: Tensor] = [:]
            for spec in stage.outputs {
                guard let array = found.featureValue(for: spec.name)?.multiArrayValue else {
                    throw RunnerError("Core ML gave no \(spec.name)")
                }
                results[spec.name] = tensor(array, spec)
            }
            return results
        } catch let error as RunnerError {
            throw error
        } catch {
            throw RunnerError("Core ML: \(error.localizedDescription)")
        }
    }

    private func feature(_ name: String, _ tensor: Tensor) throws -> MLFeatureValue {
        let isHalf = stage.dtypes[name] == "float16"
        switch tensor {
        case .bytes(let shape, let bytes) where stage.dtypes[name] == "image-rgb8":
            return MLFeatureValue(pixelBuffer: try pixelBuffer(bytes, width: shape[3], height: shape[2]))
        case .bytes(let shape, let bytes): return floats(bytes.map(Float.init), shape, isHalf)
        case .floats(let shape, let values): return floats(values, shape, isHalf)
        case .ints(let shape, let values):
            return MLFeatureValue(multiArray: MLMultiArray(MLShapedArray<Int32>(scalars: values, shape: shape)))
        }
    }

    private func floats(_ values: [Float], _ shape: [Int], _ isHalf: Bool) -> MLFeatureValue {
        let array = MLShapedArray<Float>(scalars: values, shape: shape)
        #if !arch(x86_64)
        if isHalf { return MLFeatureValue(multiArray: MLMultiArray(MLShapedArray<Float16>(converting: array))) }
        #endif
        return MLFeatureValue(multiArray: MLMultiArray(array))
    }

    private func tensor(_ array: MLMultiArray, _ spec: TensorSpec) -> Tensor {
        let shape = array.shape.map(\.intValue)
        if spec.dtype.hasPrefix("int") {
            return .ints(shape: shape, MLShapedArray<Int32>(converting: array).scalars)
        }
        return .floats(shape: shape, MLShapedArray<Float>(converting: array).scalars)
    }
}

/// The planes of a picture (3, height, width) as an image of Core ML.
private func pixelBuffer(_ planes: [UInt8], width: Int, height: Int) throws -> CVPixelBuffer {
    var made: CVPixelBuffer?
    let result = CVPixelBufferCreate(nil, width, height, kCVPixelFormatType_32BGRA, nil, &made)
    guard result == kCVReturnSuccess, let buffer = made else { throw RunnerError("there is no memory for an image") }
    CVPixelBufferLockBaseAddress(buffer, [])
    defer { CVPixelBufferUnlockBaseAddress(buffer, []) }
    guard let base = CVPixelBufferGetBaseAddress(buffer) else { throw RunnerError("an image has no memory") }
    let stride = CVPixelBufferGetBytesPerRow(buffer)
    let size = width * height
    planes.withUnsafeBufferPointer { source in
        for y in 0..<height {
            let line = (base + y * stride).assumingMemoryBound(to: UInt8.self)
            for x in 0..<width {
                let at = y * width + x
                line[4 * x] = source[2 * size + at]
                line[4 * x + 1] = source[size + at]
                line[4 * x + 2] = source[at]
                line[4 * x + 3] = 255
            }
        }
    }
    return buffer
}
#endif
