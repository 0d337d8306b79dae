import Recognition

/// The inputs of one shape that a worker has run last, without another between them.
struct ShapeRun {
  /// Number of inputs of one shape that come before older ones of other shapes: no input waits for ever.
  static let longest = 32

  private var shape: PixelSize?
  private var length = 0

  /// The shape that should come next if an input of it waits; nil: the oldest input, whatever its shape.
  var preferred: PixelSize? { length < Self.longest ? shape : nil }

  /// Adds a batch of `count` inputs of `shape`.
  mutating func append(_ shape: PixelSize, count: Int) {
    length = shape == self.shape ? length + count : count
    self.shape = shape
  }
}
