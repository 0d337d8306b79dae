import Platform
import Recognition

/// Checks that every engine makes when it loads a network, by running it on noise.
public enum EngineProbe {
  /// Runs one picture and interprets the outputs with the card's head.
  ///
  /// Throws `SetupError` if the network rejects the card's input, or its outputs do not match the card's head and
  /// labels.
  public static func check(_ engine: some Engine, _ model: LoadedModel) throws(SetupError) {
    let transform = transform(model.card.input)
    let picture = noise(transform, seed: 1)
    do {
      _ = try engine.infer([picture]) { outputs throws(Failure) in
        try model.card.head.findings(
          in: outputs, image: 0, transform: transform, labels: model.labels, thresholds: Thresholds(card: model.card))
      }
    } catch {
      let slot = "\(transform.slot.width)x\(transform.slot.height) \(transform.order.rawValue)"
      throw SetupError(
        error.stage == .interpret
          ? "\(model.networkName): does not match its card: \(error.message)"
          : "\(model.networkName): rejects the card's input of \(slot): \(error.message)")
    }
  }

  /// Whether a run over `count` pictures returns the results of single runs.
  ///
  /// Some files carry a constant batch of 1: such a network rejects a batch, or mixes up the pictures.
  static func batches(_ model: LoadedModel, count: Int, run: BatchLimit.Run) -> Bool {
    let transform = transform(model.card.input)
    let pair = [noise(transform, seed: 1), noise(transform, seed: 2)]
    do throws(Failure) {
      let singles = [try run([pair[0]]).map(Output.init), try run([pair[1]]).map(Output.init)]
      let together = try run((0..<count).map { pair[$0 % 2] })
      return together.count == singles[0].count
        && together.enumerated().allSatisfy { index, tensor in
          let one = singles[0][index]
          guard tensor.shape.first == one.shape.first.map({ $0 * count }),
            tensor.shape.dropFirst() == one.shape.dropFirst(), tensor.values.count == one.values.count * count
          else { return false }
          return (0..<count).allSatisfy { image in
            close(
              tensor.values.dropFirst(image * one.values.count).prefix(one.values.count),
              singles[image % 2][index].values)
          }
        }
    } catch {
      return false
    }
  }

  /// An output, copied: a tensor is valid until the next run.
  private struct Output {
    let shape: [Int]
    let values: [Float]

    init(_ tensor: Tensor) {
      shape = tensor.shape
      values = Array(tensor.values)
    }
  }

  /// Transform of the probe's picture; small if the shape is free, which gives the same result sooner.
  public static func transform(_ input: InputSpec) -> InputTransform {
    if input.resize.rule == .snap || input.resize.rule == .page {
      return .whole(PixelSize(width: 128, height: 96), order: input.channels)
    }
    return input.transform(
      of: input.hasFixedShape
        ? PixelSize(width: input.width, height: input.height)
        : input.resize.rule == .native ? PixelSize(width: 24, height: 16) : PixelSize(width: 128, height: 96))
  }

  /// Returns a reproducible picture of pseudo-random samples (xorshift32).
  public static func noise(_ transform: InputTransform, seed: UInt32) -> PixelBuffer {
    let pixels = PixelBuffer(size: transform.slot, order: transform.order)
    var state = seed &* 0x9E37_79B9
    for index in 0..<pixels.byteCount {
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      pixels.base[index] = UInt8(truncatingIfNeeded: state >> 11)
    }
    return pixels
  }

  private static func close(_ a: some Collection<Float>, _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-3 * max(1, abs($1)) }
  }
}

extension InputSpec {
  /// Throws `SetupError` if mean and scale do not have one value per channel, or a side is not positive.
  public func validate(_ model: LoadedModel) throws(SetupError) {
    guard mean.count == channels.count, scale.count == channels.count else {
      throw SetupError(
        "\(model.card.name): the card has \(mean.count) means and \(scale.count) scales for \(channels.count) channels")
    }
    guard width > 0, height > 0 else { throw SetupError("\(model.card.name): the card's input has no size") }
  }

  /// Returns the shape that all slots of `batch` have.
  ///
  /// Throws `inferenceFailed` if the slots do not match the card, or number more than `maxBatch`.
  public func shape(of batch: [PixelBuffer], maxBatch: Int) throws(Failure) -> PixelSize {
    guard let size = batch.first?.size, batch.count <= maxBatch else {
      throw Failure(.infer, .inferenceFailed, "a batch of \(batch.count), the maximum is \(maxBatch)")
    }
    for slot in batch where slot.size != size || slot.order != channels {
      throw Failure(.infer, .inferenceFailed, "the slots of a batch differ, or are not \(channels.rawValue)")
    }
    guard size.area > 0, !hasFixedShape || size == PixelSize(width: width, height: height) else {
      throw Failure(
        .infer, .inferenceFailed, "a slot of \(size.width)x\(size.height), the network expects \(width)x\(height)")
    }
    return size
  }
}

extension LoadedModel {
  /// The network file's path, or the card's name if it has no file; the beginning of messages.
  public var networkName: String { path(.network) ?? card.name }
}
