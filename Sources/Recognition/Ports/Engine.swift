/// Runs one network. An instance belongs to one worker; nothing in it is shared.
public protocol Engine: AnyObject {
  var kind: EngineKind { get }

  /// The number format in which it computes.
  var precision: Precision { get }

  /// Where it computes.
  var device: ComputeDevice { get }

  /// Maximum number of images per call, as determined when the network was loaded.
  var maxBatch: Int { get }

  /// Runs `batch`, slots of one shape, at most `maxBatch` of them, and calls `body` with the outputs while they are
  /// valid. The slots are 8-bit HWC in the card's channel order; mean, scale and layout are the engine's work.
  ///
  /// Throws `inferenceFailed` if the engine refuses; it can be called again afterwards.
  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R

  /// Ends a run that is in progress on another thread, whose result is of no use any more: `infer` throws. Engines that
  /// cannot do that finish the run.
  func cancel()
}

extension Engine {
  public var precision: Precision { .f32 }
  public var device: ComputeDevice { .cpu }
  public var use: EngineUse { EngineUse(kind, precision, on: device) }
  public func cancel() {}
}
