import COpenCV
import EngineSupport
import Platform
import Recognition

/// Runs a Haar or LBP cascade on grey slots, one at a time.
///
/// Its output, `boxes`, is (k, 5): x, y, width and height in slot pixels, and a score. A cascade has no probability;
/// the score is n / (n + 3) for the n neighbouring windows that agreed, which rises with n: 0.57 for the
/// minimum (4), 0.9 for 27.
final class OpenCVCascadeEngine: Engine {
  let kind = EngineKind.opencv
  let maxBatch = 1

  private let cascade: OpaquePointer
  private let input: InputSpec
  private let window: PixelSize
  private var rows: [Float] = []

  private static let scaleFactor = 1.1
  private static let minNeighbours: Int32 = 3
  /// Divisor of the slot's short side that gives the smallest object to detect.
  private static let smallest = 30

  /// Throws `SetupError` if the file is not a cascade, or the card's slots are not grey.
  init(model: LoadedModel) throws(SetupError) {
    guard let path = model.path(.network) else {
      throw SetupError("\(model.card.name): the card has no network file")
    }
    input = model.card.input
    guard input.channels == .grey else {
      throw SetupError("\(path): a cascade needs grey slots, the card specifies colour")
    }
    try input.validate(model)
    var opened: OpaquePointer?
    let failure = refusal { copencv_cascade_open(path, &opened, &$0) }
    guard let opened else { throw SetupError("\(path): OpenCV cannot read it as a cascade: \(failure?.message ?? "")") }
    cascade = opened
    var (width, height): (Int32, Int32) = (0, 0)
    copencv_cascade_window(opened, &width, &height)
    window = PixelSize(width: Int(max(1, width)), height: Int(max(1, height)))
    try EngineProbe.check(self, model)
  }

  deinit { copencv_cascade_close(cascade) }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    let size = try input.shape(of: batch, maxBatch: 1)
    var found: UnsafePointer<CVFound>?
    var count: Int32 = 0
    // The minimum has the window's shape, which is not square for plates.
    let minSide = Double(min(size.width, size.height) / Self.smallest)
    let factor = max(1, minSide / Double(max(window.width, window.height)))
    let (minWidth, minHeight) = (
      Int32((Double(window.width) * factor).rounded()), Int32((Double(window.height) * factor).rounded())
    )
    let failure = refusal {
      copencv_cascade_detect(
        cascade, batch[0].base, Int32(size.width), Int32(size.height), Self.scaleFactor, Self.minNeighbours,
        minWidth, minHeight, &found, &count, &$0)
    }
    if let failure { throw failure }
    rows.removeAll(keepingCapacity: true)
    for box in UnsafeBufferPointer(start: found, count: Int(count)) {
      let agreed = Float(box.neighbours)
      rows.append(contentsOf: [Float(box.x), Float(box.y), Float(box.width), Float(box.height)])
      rows.append(agreed / (agreed + Float(Self.minNeighbours)))
    }
    let current = rows
    return try current.withUnsafeBufferPointer { values throws(Failure) in
      try body(Outputs(count: 1, tensors: [Tensor(name: "boxes", shape: [values.count / 5, 5], values: values)]))
    }
  }
}
