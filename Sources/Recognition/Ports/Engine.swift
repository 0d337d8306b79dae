/// Runs one network. An instance belongs to one worker; nothing in it is shared.
public protocol Engine: AnyObject {
  var kind: EngineKind { get }

  /// The most images that one call takes; found out when the network was loaded.
  var maxBatch: Int { get }

  /// Runs `batch`, slots of one shape, at most `maxBatch` of them, and hands the outputs to `body` while they are
  /// valid. The slots are 8-bit HWC in the card's channel order; mean, scale and layout are the engine's work.
  ///
  /// Throws `inferenceFailed` where the engine refuses; it can be called again after that.
  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R
}

/// One output of a network: float32 in the engine's memory, valid during the call that hands it out.
public struct Tensor {
  public let name: String
  /// Row-major; the first dimension counts images unless the head says otherwise.
  public let shape: [Int]
  public let values: UnsafeBufferPointer<Float>

  public init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>) {
    self.name = name
    self.shape = shape
    self.values = values
  }

  /// The part that belongs to image `index` of a batch of `count`.
  public func image(_ index: Int, of count: Int) -> UnsafeBufferPointer<Float> {
    let size = values.count / count
    return UnsafeBufferPointer(rebasing: values[index * size..<(index + 1) * size])
  }
}

/// The outputs of one run over `count` images, in the order of the card.
public struct Outputs {
  public let count: Int
  public let tensors: [Tensor]

  public init(count: Int, tensors: [Tensor]) {
    self.count = count
    self.tensors = tensors
  }
}
