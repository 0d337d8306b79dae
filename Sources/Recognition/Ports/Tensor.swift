import Platform

/// One output of a network: float32 in the engine's memory, valid during the call of `body`.
public struct Tensor {
  public let name: String
  /// Row-major; the first dimension counts images unless the head states otherwise.
  public let shape: [Int]
  public let values: UnsafeBufferPointer<Float>

  public init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>) {
    self.name = name
    self.shape = shape
    self.values = values
  }

  /// The part of image `index` in a batch of `count`.
  public func image(_ index: Int, of count: Int) -> UnsafeBufferPointer<Float> {
    let size = values.count / count
    return UnsafeBufferPointer(rebasing: values[index * size..<(index + 1) * size])
  }
}

/// The outputs of one run over `count` images, in the order of the card.
public struct Outputs {
  public let count: Int
  public let tensors: [Tensor]
  /// Size of the pictures that the network saw: an engine may pad slots on the right and below. Nil: that of the slots.
  public let slot: PixelSize?

  public init(count: Int, tensors: [Tensor], slot: PixelSize? = nil) {
    self.count = count
    self.tensors = tensors
    self.slot = slot
  }
}
