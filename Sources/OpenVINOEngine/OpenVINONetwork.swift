import COpenVINO
import EngineSupport
import ModelFiles
import Platform
import Recognition

/// A network compiled for the processor, shared by the instances.
final class OpenVINONetwork {
  let handle: OpaquePointer
  /// Cache file to which it was written; nil if it was read from there, or is not cached.
  private(set) var cacheFile: String?
  let precision: Precision
  var device: ComputeDevice { form.device }
  /// The cache's file that it was opened from.
  private let compiled: CompiledNetwork?
  private let library: OpenVINOLibrary
  private let form: Form

  /// Options of every compilation of the network.
  private struct Form {
    var streams: Int
    var threads: Int
    /// "f32" or "bf16".
    var precision: String
    var channels: Int
    var device: ComputeDevice

    /// Calls `body` with the options for C; OpenVINO needs the strings only during the call.
    func withOptions<R>(exported: String? = nil, _ body: (inout OVOptions) -> R) -> R {
      withCStrings([precision, exported ?? ""]) { texts in
        // Decoders run beside the network, so its threads are not pinned to cores.
        var options = OVOptions(
          streams: Int32(streams), threads: Int32(threads), precision: texts[0],
          exported: exported == nil ? nil : texts[1], pin: 0, gpu: device == .gpu ? 1 : 0)
        return body(&options)
      }
    }

    /// Opens a cached network; nil if the cache holds no usable one.
    func cached(in path: String?, by library: OpenVINOLibrary) -> (handle: OpaquePointer, compiled: CompiledNetwork)? {
      guard let path, let compiled = CompiledNetwork(path) else { return nil }
      let opened = withOptions { options in
        compiled.withBytes {
          copenvino_open_compiled(library.handle, &options, Int32(channels), $0.baseAddress!, $0.count)
        }
      }
      guard let opened else { return nil }
      // It stays mapped: the library does not report when it has released it.
      _ = Unmanaged.passRetained(compiled)
      return (opened, compiled)
    }
  }

  private init(
    _ opened: (handle: OpaquePointer, compiled: CompiledNetwork), _ library: OpenVINOLibrary, _ form: Form,
    _ precision: Precision
  ) {
    (handle, compiled) = opened
    (self.library, self.form, self.precision) = (library, form, precision)
  }

  /// Returns the memory of weights that the library has arranged anew, once the network has run.
  func returnPages() { compiled?.returnPages() }

  /// Opens the same network from another cache file; nil if that cannot be used.
  func twin(in path: String) -> OpenVINONetwork? {
    form.cached(in: path, by: library).map { OpenVINONetwork($0, library, form, precision) }
  }

  init(
    _ model: LoadedModel, library: OpenVINOLibrary, instances: Int, threads: Int,
    precision: Precision, device: ComputeDevice = .cpu, cacheDirectory: String?
  ) throws(SetupError) {
    let input = model.card.input
    try input.validate(model)
    try InputElement.check(model)
    guard let path = model.path(.network) else { throw SetupError("\(model.card.name): the card has no network file") }
    guard !input.scale.contains(0) else { throw SetupError("\(model.card.name): a scale in the card is 0") }
    let side = { (length: Int) in input.untrimmed.hasFixedShape ? Int64(length) : -1 }
    // Of a network in integers only the rest is computed in it.
    let hint = (precision == .int8 ? .f32 : precision).rawValue
    self.precision = precision
    // What a GPU's plug-in exports depends on the driver too.
    let cacheFile = (device == .cpu ? cacheDirectory : nil).flatMap { directory in
      CompiledNetworkCache.file(
        in: directory, model,
        options: [
          input.name ?? "", "\(input.layout)", "\(side(input.height)) x \(side(input.width))", "\(input.mean)",
          "\(input.scale)", "\(instances) of \(threads)", hint, "kernels timed",
          (model.card.outputs ?? []).joined(separator: " "),
        ], library: library.version, processor: library.processor, ending: "blob")
    }
    let form = Form(
      streams: instances, threads: instances * threads, precision: hint, channels: input.channels.count,
      device: device)
    (self.library, self.form) = (library, form)
    if let opened = form.cached(in: cacheFile, by: library) {
      (handle, compiled) = opened
      return
    }

    var file = PreparedNetworkFile(path)
    switch model.card.format {
    case .onnx:
      guard ONNXModel.isWhole(path) else { throw SetupError("\(path): not a complete ONNX file") }
    case .tensorflow:
      do { file = try PreparedNetworkFile(tensorFlow: path, digest: model.digest, directory: cacheDirectory) } catch {
        throw SetupError("\(path): \((error as? TensorFlowGraph.Refusal)?.message ?? "\(error)")")
      }
    case .tflite, .ir: break
    case .caffe, .darknet, .torch, .cascade, .computed:
      throw SetupError("\(path): OpenVINO does not run \(model.card.format.rawValue) files")
    }
    let excerpt = model.card.format == .onnx ? try ONNXSubgraph(of: file.path, outputs: model.card.outputs) : nil
    if let excerpt { file.path = excerpt.path }
    defer {
      file.close()
      excerpt?.close()
    }
    // OpenCV, whose layout the cards state, reads every TensorFlow graph as NCHW.
    let isPlanar = file.isInterleaved.map(!) ?? (input.layout == .nchw)
    let weights = model.card.format == .ir ? model.path(.config) : nil
    var error = OVError()
    var network: OpaquePointer?
    let exported = cacheFile.map { ExportedNetwork(for: $0) }
    form.withOptions(exported: exported?.path) { options in
      withCStrings([file.path, input.name ?? "", weights ?? ""]) { texts in
        input.mean.withUnsafeBufferPointer { mean in
          input.scale.withUnsafeBufferPointer { scale in
            var source = OVSource(
              network: texts[0], weights: weights == nil ? nil : texts[2], input: input.name == nil ? nil : texts[1],
              planar: isPlanar ? 1 : 0, channels: Int32(input.channels.count), batch: 1,
              height: side(input.height), width: side(input.width), mean: mean.baseAddress!, scale: scale.baseAddress!)
            _ = copenvino_compile(library.handle, &source, &options, &network, &error)
          }
        }
      }
    }
    let isCached = exported?.store() ?? false
    guard let network else { throw SetupError("\(path): OpenVINO: \(error.text)") }
    self.cacheFile = isCached ? cacheFile : nil
    // What compiling leaves behind is given up. With that, a page of 640x480 in KernelTuner's trial and the pages of the
    // network that it drops, the first run of text on six receipts took 413 MiB; without the three it takes 355.
    if isCached, let opened = form.cached(in: cacheFile, by: library) {
      copenvino_close(network)
      ProcessMemory.returnFreed()
      (handle, compiled) = opened
      return
    }
    (handle, compiled) = (network, nil)
  }

  deinit { copenvino_close(handle) }
}
