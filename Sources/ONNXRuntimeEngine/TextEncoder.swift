import CONNXRuntime
import Platform

/// The text network of a pair that was trained on pictures and their descriptions: tokens become a vector that is
/// compared with those of the image network.
public final class TextEncoder {
  private let session: OpaquePointer
  private let path: String
  /// Number of tokens of a text.
  public let context: Int

  /// Tokens of CLIP, for files that leave the number free.
  private static let usualContext = 77
  private static let contexts = 3...4096

  /// Opens a network in ONNX with one input, the numbers of the tokens: (1, context). `output` names its vector; nil: the
  /// first output that has one.
  public init(path: String, output: String? = nil) throws(SetupError) {
    let library = try ONNXRuntimeLibrary.opened.get()
    var error = ORTError()
    var opened: OpaquePointer?
    _ = withCStrings(output.map { [$0] } ?? []) { outputs in
      connxruntime_session(
        library.handle, path, nil, nil, 0, Int32(HostInfo.cores), 0, nil, outputs, Int32(outputs.count), nil, &opened,
        &error)
    }
    guard let opened else { throw SetupError("\(path): ONNX Runtime: \(error.text)") }
    session = opened
    self.path = path
    var dimensions: UnsafePointer<Int64>?
    let rank = connxruntime_input_shape(opened, &dimensions)
    let length = rank == 2 ? Int(dimensions![1]) : 0
    context = length < 0 ? Self.usualContext : length
    guard rank == 2, Self.contexts.contains(context) else {
      throw SetupError("\(path): its input is no list of tokens, (1, 3 to \(Self.contexts.upperBound))")
    }
  }

  deinit { connxruntime_close(session) }

  /// The vector of `context` tokens.
  public func vector(_ tokens: [Int]) throws(SetupError) -> [Float] {
    precondition(tokens.count == context)
    var error = ORTError()
    var outputs: UnsafePointer<ORTOutput>?
    var count: Int32 = 0
    // Numbers up to 2^24 are exact in f32.
    var numbers = tokens.map(Float.init)
    guard connxruntime_run(session, &numbers, [1, Int64(context)], 0, &outputs, &count, &error) == 0 else {
      throw SetupError("\(path): ONNX Runtime: \(error.text)")
    }
    let found = UnsafeBufferPointer(start: outputs, count: Int(count)).first { $0.dimensions == 2 && $0.shape[0] == 1 }
    guard let found, found.count > 0 else {
      throw SetupError("\(path): it has no output of the shape (1, length)")
    }
    return Array(UnsafeBufferPointer(start: found.values, count: found.count))
  }
}
