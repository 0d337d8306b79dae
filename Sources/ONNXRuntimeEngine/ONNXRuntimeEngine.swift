import CONNXRuntime
import EngineSupport
import Foundation
import ModelFiles
import Platform
import Recognition

/// Runs an ONNX network with ONNX Runtime. A file that fixes its batch runs only with this, and one that fixes the size of
/// its pictures too, if the card does.
final class ONNXRuntimeEngine: Engine {
  let kind = EngineKind.onnxruntime
  var precision: Precision { model.isQuantised ? .int8 : .f32 }
  let device: ComputeDevice
  var maxBatch: Int { limit.maximum }

  private let model: LoadedModel
  private let input: InputSpec
  private let limit: BatchLimit
  private let session: OpaquePointer
  /// The file whose weights the session uses; nil if it read the network's own.
  private let cached: CompiledNetwork?
  /// Engine whose weights it uses.
  private let origin: ONNXRuntimeEngine?
  private let blob: InputBlob
  private var names: [String] = []
  private var memory: RunMemory

  /// Pictures of a run if the file leaves the batch free. More than four exceed a processor's caches; another device
  /// computes a few dozen in hardly more time than one.
  private static func batchSize(_ device: ComputeDevice) -> Int { device == .cpu ? 4 : 32 }

  /// Opens the network. `twin` is an earlier engine of the same model. With one thread each they share the weights: a
  /// run then stays on its caller's thread, and several may be in progress. With more threads, all would share one
  /// pool.
  init(
    model: LoadedModel, library: ONNXRuntimeLibrary, threads: Int, device: ComputeDevice = .cpu,
    twin: ONNXRuntimeEngine?, cacheDirectory: String?
  ) throws(SetupError) {
    self.model = model
    self.device = device
    input = model.card.input
    blob = InputBlob(input)
    memory = RunMemory(workspace: model.card.workspace ?? ModelCard.usualWorkspace)
    try input.validate(model)
    try InputElement.check(model)
    guard let path = model.path(.network) else { throw SetupError("\(model.card.name): the card has no network file") }
    guard model.card.format == .onnx else {
      throw SetupError("\(path): ONNX Runtime does not run \(model.card.format.rawValue) files")
    }
    let shared = threads == 1 ? twin : nil
    origin = shared
    let freeSides = input.hasFixedShape ? nil : input.layout == .nchw ? [2, 3] : [1, 2]
    // What is stored is laid out for the processor.
    let compiled = (shared == nil && device == .cpu ? cacheDirectory : nil).flatMap { directory in
      CompiledNetworkCache.file(
        in: directory, model,
        options: (model.card.outputs ?? []) + (freeSides == nil ? [] : ["any size"]) + ["focus merged"],
        library: library.version, processor: CompiledNetworkCache.processor, ending: "ort")
    }
    var error = ORTError()
    var opened: OpaquePointer?
    let open = { (file: String?, exported: String?, compiled: UnsafeRawBufferPointer?) in
      _ = withCStrings(model.card.outputs ?? []) { outputs in
        connxruntime_session(
          library.handle, file, exported, compiled?.baseAddress, compiled?.count ?? 0, Int32(threads),
          device == .cuda ? 1 : 0, model.card.input.name, outputs, Int32(outputs.count), shared?.session, &opened,
          &error)
      }
    }
    // A cached network is opened without reading the ONNX file.
    let cached = compiled.flatMap(CompiledNetwork.init)
    if let cached {
      cached.withBytes { open(nil, nil, $0) }
    } else if shared != nil {
      open(nil, nil, nil)
    }
    self.cached = opened == nil ? nil : cached
    if opened == nil {
      let excerpt = try ONNXSubgraph(
        of: path, outputs: model.card.outputs, freeSides: freeSides, mergesFocus: true)
      defer { excerpt.close() }
      let exported = compiled.map { ExportedNetwork(for: $0) }
      open(excerpt.path, exported?.path, nil)
      exported?.store()
    }
    guard let opened else { throw SetupError("\(path): ONNX Runtime: \(error.text)") }
    session = opened
    if let twin {
      limit = twin.limit
      return
    }
    var dimensions: UnsafePointer<Int64>?
    guard connxruntime_input_shape(opened, &dimensions) == 4 else {
      connxruntime_close(opened)
      throw SetupError("\(path): its input is no picture: it does not have four dimensions")
    }
    let isOpen = dimensions![0] < 0
    limit = BatchLimit(model.card, assumed: isOpen ? Self.batchSize(device) : 1)
    try EngineProbe.check(self, model)
  }

  deinit { connxruntime_close(session) }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    if batch.count > 1 {
      limit.verify(model) { (pictures) throws(Failure) in
        try run(pictures, try input.shape(of: pictures, maxBatch: pictures.count))
      }
    }
    // A batch gathered under the assumed limit is rejected here, and its pictures are run one by one.
    let size = try input.shape(of: batch, maxBatch: maxBatch)
    return try body(Outputs(count: batch.count, tensors: try run(batch, size)))
  }

  private func run(_ batch: [PixelBuffer], _ size: PixelSize) throws(Failure) -> [Tensor] {
    let shape: [Int64] = blob.shape(batch.count, size)
    let returning = memory.isReturned(after: batch.count, size)
    var error = ORTError()
    var outputs: UnsafePointer<ORTOutput>?
    var count: Int32 = 0
    let samples = blob.fill(batch, size)
    guard connxruntime_run(session, samples, shape, returning ? 1 : 0, &outputs, &count, &error) == 0 else {
      throw Failure(.infer, .inferenceFailed, error.text)
    }
    let returned = UnsafeBufferPointer(start: outputs, count: Int(count))
    if names.isEmpty { names = returned.map { String(cString: $0.name) } }
    return returned.enumerated().map { index, output in
      Tensor(
        name: names[index],
        shape: UnsafeBufferPointer(start: output.shape, count: Int(output.dimensions)).map { Int($0) },
        values: UnsafeBufferPointer(start: output.values, count: output.count))
    }
  }
}
