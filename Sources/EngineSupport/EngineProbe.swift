import Platform
import Recognition

/// What every engine finds out about a network when it is loaded, by running it on noise.
public enum EngineProbe {
  /// Runs one picture and lets the card's head read the outputs.
  ///
  /// Throws `SetupError` where the network refuses the card's input, or gives something else than the card's head and
  /// labels say.
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
      switch error.stage {
      case .interpret: throw SetupError("\(model.networkName): not what the card says: \(error.message)")
      default: throw SetupError("\(model.networkName): refuses the card's input of \(slot): \(error.message)")
      }
    }
  }

  /// Whether a run over `count` pictures gives what single runs give.
  ///
  /// Some files carry a constant batch of 1: such a network refuses, or mixes the pictures up.
  static func batches(_ model: LoadedModel, count: Int, run: BatchLimit.Run) -> Bool {
    let transform = transform(model.card.input)
    let pair = [noise(transform, seed: 1), noise(transform, seed: 2)]
    do throws(Failure) {
      let singles = [try run([pair[0]]), try run([pair[1]])]
      let together = try run((0..<count).map { pair[$0 % 2] })
      return together.count == singles[0].count
        && together.enumerated().allSatisfy { place, tensor in
          let one = singles[0][place]
          guard tensor.shape.first == one.shape.first.map({ $0 * count }),
            tensor.shape.dropFirst() == one.shape.dropFirst(), tensor.values.count == one.values.count * count
          else { return false }
          return (0..<count).allSatisfy { image in
            close(
              tensor.values[(image * one.values.count)...].prefix(one.values.count), singles[image % 2][place].values)
          }
        }
    } catch {
      return false
    }
  }

  /// A small picture where the shape is free: the answer is the same, and sooner there.
  public static func transform(_ input: InputSpec) -> InputTransform {
    if input.resize.rule == .snap { return .whole(PixelSize(width: 128, height: 96), order: input.channels) }
    return input.transform(
      of: input.hasFixedShape
        ? PixelSize(width: input.width, height: input.height)
        : input.resize.rule == .native ? PixelSize(width: 24, height: 16) : PixelSize(width: 128, height: 96))
  }

  /// A picture that is the same each time.
  public static func noise(_ transform: InputTransform, seed: UInt32) -> PixelBuffer {
    let pixels = PixelBuffer(size: transform.slot, order: transform.order)
    var state = seed &* 0x9E37_79B9
    for place in 0..<pixels.byteCount {
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      pixels.base[place] = UInt8(truncatingIfNeeded: state >> 11)
    }
    return pixels
  }

  private static func close(_ a: ArraySlice<Float>, _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-3 * max(1, abs($1)) }
  }
}

extension InputSpec {
  /// Throws `SetupError` where mean and scale are not one for each channel, or a side is not positive.
  public func validate(_ model: LoadedModel) throws(SetupError) {
    guard mean.count == channels.count, scale.count == channels.count else {
      throw SetupError(
        "\(model.card.name): the card has \(mean.count) means and \(scale.count) scales for \(channels.count) channels")
    }
    guard width > 0, height > 0 else { throw SetupError("\(model.card.name): the card's input has no size") }
  }

  /// The one shape of `batch`.
  ///
  /// Throws `inferenceFailed` where the slots are not what the card wants, or more than `maxBatch`.
  public func shape(of batch: [PixelBuffer], maxBatch: Int) throws(Failure) -> PixelSize {
    guard let size = batch.first?.size, batch.count <= maxBatch else {
      throw Failure(.infer, .inferenceFailed, "a batch of \(batch.count), the most is \(maxBatch)")
    }
    for slot in batch where slot.size != size || slot.order != channels {
      throw Failure(.infer, .inferenceFailed, "the slots of a batch differ, or are not \(channels.rawValue)")
    }
    guard size.area > 0, !hasFixedShape || size == PixelSize(width: width, height: height) else {
      throw Failure(
        .infer, .inferenceFailed, "a slot of \(size.width)x\(size.height), the network wants \(width)x\(height)")
    }
    return size
  }
}

extension LoadedModel {
  /// The network file's path, or the card's name where there is none: what messages begin with.
  public var networkName: String { path(.network) ?? card.name }
}
