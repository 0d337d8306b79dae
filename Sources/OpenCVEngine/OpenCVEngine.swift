import EngineSupport
import ModelFiles
import Platform
import Recognition

/// Runs a network with OpenCV's dnn module.
///
/// A change of the input's shape costs OpenCV a new plan (17 to 35 ms for MobileNetV2, as much as running it), so a
/// plan is cached for each of the last few shapes, each with its own net. A batch is one of two sizes: `maxBatch`
/// pictures go in one run, fewer go one by one.
final class OpenCVEngine: Engine {
  let kind = EngineKind.opencv
  var maxBatch: Int { limit.maximum }

  private let model: LoadedModel
  private let input: InputSpec
  private let limit: BatchLimit
  private let maxPlans: Int
  /// Least recently used first.
  private var plans: [OpenCVNetwork] = []
  private let blob: InputBlob
  private var gathered: [UnsafeMutableBufferPointer<Float>] = []

  /// Pictures of a run if the network can batch. More gained nothing: MobileNetV2 on two cores gave 59 images a
  /// second at 1, 64 at 4 and less at 8, where the activations leave the cache.
  private static let batchSize = 4
  /// Networks above this many bytes are held once, not once per shape.
  private static let largeFile = 64 << 20

  /// Reads the network and, for the first of its instances, runs it on noise; `twin` is an earlier instance, `plan` the
  /// network if it was read already.
  ///
  /// Throws `SetupError` if the file does not match the card: truncated, of another kind, of other shapes.
  init(model: LoadedModel, twin: OpenCVEngine? = nil, plan: OpenCVNetwork? = nil) throws(SetupError) {
    self.model = model
    input = model.card.input
    blob = InputBlob(input)
    let isLarge = model.card.files.contains { $0.role == .network && ($0.bytes ?? 0) > Self.largeFile }
    // Tiles are nearly all of one shape, and a plan of such a network can be hundreds of megabytes.
    maxPlans = isLarge || input.resize.rule == .native ? 1 : 4
    try input.validate(model)
    // OpenCV takes float32 whatever the file says: a Cast at the beginning of the network does nothing there.
    try InputElement.check(model)
    // If every picture can have its own shape, batches are seldom full and each size needs another plan.
    let batches = input.hasFixedShape && maxPlans > 1
    limit = twin?.limit ?? BatchLimit(model.card, assumed: batches ? Self.batchSize : 1)

    if let plan { plans = [plan] } else { plans = [try OpenCVNetwork(model)] }
    if twin == nil { try EngineProbe.check(self, model) }
  }

  deinit {
    for buffer in gathered { buffer.deallocate() }
  }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    let size = try input.shape(of: batch, maxBatch: Self.batchSize)
    if batch.count > 1 {
      limit.verify(model) { (pictures) throws(Failure) in
        try run(pictures, try input.shape(of: pictures, maxBatch: Self.batchSize))
      }
    }
    if batch.count == 1 || batch.count == maxBatch {
      return try body(Outputs(count: batch.count, tensors: try run(batch, size)))
    }
    return try body(Outputs(count: batch.count, tensors: try runSingly(batch, size)))
  }

  private func run(_ batch: [PixelBuffer], _ size: PixelSize) throws(Failure) -> [Tensor] {
    let shape: [Int32] = blob.shape(batch.count, size)
    return try plan(for: shape).run(blob.fill(batch, size), shape: shape)
  }

  /// Runs fewer than `maxBatch` pictures one after another, and concatenates their outputs.
  private func runSingly(_ batch: [PixelBuffer], _ size: PixelSize) throws(Failure) -> [Tensor] {
    var tensors: [Tensor] = []
    for (image, slot) in batch.enumerated() {
      tensors = try run([slot], size)
      for (index, tensor) in tensors.enumerated() {
        let needed = tensor.values.count * Self.batchSize
        if index == gathered.count { gathered.append(.allocate(capacity: 0)) }
        if gathered[index].count < needed {
          // Only before the first picture's values are in: the outputs of one shape are of one size.
          gathered[index].deallocate()
          gathered[index] = .allocate(capacity: needed)
        }
        let target = gathered[index].baseAddress! + image * tensor.values.count
        target.update(from: tensor.values.baseAddress!, count: tensor.values.count)
      }
    }
    return tensors.enumerated().map { index, tensor in
      Tensor(
        name: tensor.name, shape: [tensor.shape[0] * batch.count] + tensor.shape.dropFirst(),
        values: UnsafeBufferPointer(rebasing: gathered[index][..<(tensor.values.count * batch.count)]))
    }
  }

  /// Returns the plan that ran `shape` last, else a new one that replaces the least recently used.
  private func plan(for shape: [Int32]) throws(Failure) -> OpenCVNetwork {
    if let index = plans.lastIndex(where: { $0.shape == shape }) {
      if index != plans.count - 1 { plans.append(plans.remove(at: index)) }
    } else if let unused = plans.firstIndex(where: { $0.shape.isEmpty }) {
      plans.append(plans.remove(at: unused))
    } else {
      // Never a plan that ran another shape: OpenCV 4.6 retains state of it in some networks, and CenterFace then found
      // faces in pictures without any.
      do throws(SetupError) {
        let fresh = try OpenCVNetwork(model)
        if plans.count >= maxPlans { plans.removeFirst() }
        plans.append(fresh)
      } catch {
        throw Failure(.infer, .inferenceFailed, error.description)
      }
    }
    return plans[plans.count - 1]
  }
}
