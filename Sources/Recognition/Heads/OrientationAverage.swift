/// An engine whose outputs are the mean of those for a picture in its four orientations, and so are the same for a
/// turned copy. It takes four runs. The slots are square: the middle of a turned picture is the turned middle.
public final class OrientationAverage: Engine {
  private let engine: any Engine

  public init(_ engine: any Engine) { self.engine = engine }

  public var kind: EngineKind { engine.kind }
  public var precision: Precision { engine.precision }
  public var device: ComputeDevice { engine.device }
  public var maxBatch: Int { engine.maxBatch }

  public func cancel() { engine.cancel() }

  public func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    guard batch.allSatisfy({ $0.size.width == $0.size.height }) else {
      throw Failure(.infer, .inferenceFailed, "the four orientations need a square input")
    }
    var turned = batch
    var sums: [Float] = []
    var (name, shape) = ("", [Int]())
    for orientation in 0..<4 {
      if orientation > 0 { turned = turned.map { $0.turnedRight() } }
      try engine.infer(turned) { outputs throws(Failure) in
        guard let tensor = outputs.tensors.first, orientation == 0 || tensor.values.count == sums.count else {
          throw Failure(.interpret, .unexpectedOutput, "the network gave no vector")
        }
        if orientation == 0 {
          (name, shape, sums) = (tensor.name, tensor.shape, Array(tensor.values))
        } else {
          for index in sums.indices { sums[index] += tensor.values[index] }
        }
      }
    }
    for index in sums.indices { sums[index] /= 4 }
    let result: Result<R, Failure> = sums.withUnsafeBufferPointer { values in
      Result { () throws(Failure) in
        try body(Outputs(count: batch.count, tensors: [Tensor(name: name, shape: shape, values: values)]))
      }
    }
    return try result.get()
  }
}

extension PixelBuffer {
  /// A copy turned by 90 degrees clockwise.
  func turnedRight() -> PixelBuffer {
    let turned = PixelBuffer(size: PixelSize(width: size.height, height: size.width), order: order)
    let channels = order.count
    for y in 0..<size.height {
      var from = base + y * stride
      for x in 0..<size.width {
        let to = turned.base + x * turned.stride + (size.height - 1 - y) * channels
        for channel in 0..<channels { to[channel] = from[channel] }
        from += channels
      }
    }
    return turned
  }
}
