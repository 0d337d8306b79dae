import COpenCV
import EngineSupport
import Platform
import Recognition

/// Measures grey slots, one at a time, without a network: statistics of the pixels.
///
/// One output per measure: `sharpness` (variance of the Laplacian; Pech-Pacheco et al., "Diatom autofocusing in
/// brightfield microscopy", 2000), `brightness` (mean) and `contrast` (standard deviation), 0 to 255, `dark` and
/// `bright`, the fractions of the picture that are nearly black (at most 5) or white (at least 250), 0 to 1.
final class OpenCVMeasureEngine: Engine {
  let kind = EngineKind.opencv
  let maxBatch = 1

  private let input: InputSpec
  private let outputs: [String]

  /// Throws `SetupError` if the card names an unknown measure, or its slots are not grey.
  init(model: LoadedModel) throws(SetupError) {
    input = model.card.input
    outputs = model.card.outputs ?? []
    guard input.channels == .grey else {
      throw SetupError("\(model.card.name): measures need grey slots, the card specifies colour")
    }
    for name in outputs where Self.value(name, of: CVMeasures()) == nil {
      throw SetupError("\(model.card.name): unknown measure \(name)")
    }
    try input.validate(model)
    try EngineProbe.check(self, model)
  }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    let size = try input.shape(of: batch, maxBatch: 1)
    var measures = CVMeasures()
    let failure = refusal { copencv_measure(batch[0].base, Int32(size.width), Int32(size.height), &measures, &$0) }
    if let failure { throw failure }
    let values = outputs.map { Self.value($0, of: measures) ?? 0 }
    return try values.withUnsafeBufferPointer { values throws(Failure) in
      let tensors = outputs.enumerated().map { index, name in
        Tensor(name: name, shape: [1, 1], values: UnsafeBufferPointer(rebasing: values[index...index]))
      }
      return try body(Outputs(count: 1, tensors: tensors))
    }
  }

  private static func value(_ name: String, of measures: CVMeasures) -> Float? {
    switch name {
    case "sharpness": Float(measures.sharpness)
    case "brightness": Float(measures.brightness)
    case "contrast": Float(measures.contrast)
    case "dark": Float(measures.dark)
    case "bright": Float(measures.bright)
    default: nil
    }
  }
}
