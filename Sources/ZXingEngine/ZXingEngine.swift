import EngineSupport
import Platform
import Recognition

/// Reads the codes of grey slots, one at a time. Its output, `codes`, is what `CodesHead` interprets.
///
/// ZXing-C++ of Debian ends the process where an assertion of it fails, and looks at whatever a picture holds: so it runs
/// in a process of its own.
final class ZXingEngine: Engine {
  let kind = EngineKind.zxing
  let maxBatch = 1

  private let input: InputSpec
  private let process: CodeProcess?

  /// Throws `SetupError` if the card's slots are not grey.
  init(model: LoadedModel, executable: String?) throws(SetupError) {
    input = model.card.input
    guard input.channels == .grey, model.card.head.kind == .codes else {
      throw SetupError("\(model.card.name): codes need grey slots and the head codes")
    }
    try input.validate(model)
    process = executable.map(CodeProcess.init)
  }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    let size = try input.shape(of: batch, maxBatch: 1)
    // Slots of a run are read once: painting over them is of no consequence.
    let numbers =
      if let process {
        try process.codes(in: batch[0].base, size: size)
      } else {
        try CodeReader.codes(in: batch[0].base, size: size)
      }
    return try numbers.withUnsafeBufferPointer { values throws(Failure) in
      try body(Outputs(count: 1, tensors: [Tensor(name: "codes", shape: [1, values.count], values: values)]))
    }
  }
}
