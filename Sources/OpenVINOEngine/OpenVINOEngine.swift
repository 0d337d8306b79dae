import COpenVINO
import EngineSupport
import Platform
import Recognition

/// What the assembly asks for engines that run on OpenVINO.
public enum OpenVINOEngines {
  /// What the network computes in; `auto` is what OpenVINO holds fastest on this processor. `int8` is that of a network
  /// with the integers and scales in its file, and float32 for what is left.
  public enum Precision: String, Sendable, CaseIterable { case f32, bf16, int8, auto }

  /// The library's version, and its file. Opens it.
  ///
  /// Throws `SetupError` where it is not found, or too old.
  public static func library() throws(SetupError) -> (version: String, path: String) {
    let library = try OpenVINOLibrary.shared()
    return (library.version, String(cString: ovface_path(library.handle)))
  }

  /// The version of the library in a file; throws `SetupError` where it does not open, or is too old.
  public static func version(of path: String) throws(SetupError) -> String { try OpenVINOLibrary(path: path).version }

  /// `instances` engines, each for a worker of its own, each with `threads` threads in a call. They share the compiled
  /// network; with `cacheDirectory` it is kept there for the next start.
  ///
  /// Throws `SetupError` where OpenVINO is not found, or the file is not what the card says.
  public static func makeInstances(
    model: LoadedModel, instances: Int, threads: Int, precision: Precision = .f32, cacheDirectory: String? = nil
  ) throws(SetupError) -> [any Engine] {
    var network = try OpenVINONetwork(
      model, library: try OpenVINOLibrary.shared(), instances: max(1, instances), threads: max(1, threads),
      precision: precision, cacheDirectory: cacheDirectory)
    let first = try OpenVINOEngine(model: model, network: network)
    try EngineProbe.check(first, model)
    var engines = [first]
    if let faster = KernelTuner.run(model, network, first) {
      network = faster
      engines = []
    }
    while engines.count < max(1, instances) { engines.append(try OpenVINOEngine(model: model, network: network)) }
    return engines
  }
}

/// Runs a network with OpenVINO, which reads the slot where it is: mean, scale and layout are part of the compiled
/// network.
///
/// One picture a run: with a stream a core MobileNetV2 on two cores gave 130 images a second alone, and 104 to 126 in
/// batches of 2 to 8. Free shapes are compiled once, as free; that cost nothing against compiling each (YuNet, 640 x
/// 640: 47 ms both ways).
public final class OpenVINOEngine: Engine {
  public let kind = EngineKind.openvino
  public let maxBatch = 1

  private let input: InputSpec
  private let network: OpenVINONetwork
  private let request: OpaquePointer
  private var names: [String] = []

  init(model: LoadedModel, network: OpenVINONetwork) throws(SetupError) {
    input = model.card.input
    self.network = network
    var error = OVError()
    var request: OpaquePointer?
    _ = withCStrings(model.card.outputs ?? []) { outputs in
      ovface_request(network.handle, outputs, Int32(outputs.count), &request, &error)
    }
    guard let request else { throw SetupError("\(model.networkName): OpenVINO: \(error.text)") }
    self.request = request
  }

  deinit { ovface_close_request(request) }

  public func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    let size = try input.shape(of: batch, maxBatch: 1)
    var error = OVError()
    var outputs: UnsafePointer<OVOutput>?
    var count: Int32 = 0
    guard
      ovface_run(request, batch[0].base, 1, Int64(size.height), Int64(size.width), &outputs, &count, &error) == 0
    else { throw Failure(.infer, .inferenceFailed, error.text) }
    let given = UnsafeBufferPointer(start: outputs, count: Int(count))
    if names.isEmpty { names = given.map { String(cString: $0.name) } }
    let tensors = given.enumerated().map { place, output in
      Tensor(
        name: names[place],
        shape: UnsafeBufferPointer(start: output.shape, count: Int(output.dimensions)).map { Int($0) },
        values: UnsafeBufferPointer(start: output.values, count: output.count))
    }
    return try body(Outputs(count: 1, tensors: tensors))
  }
}
