import COpenVINO
import EngineStore
import Recognition

extension OVError {
  /// The message as text.
  var text: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// OpenVINO, opened once a process and never closed.
struct OpenVINOLibrary: @unchecked Sendable {  // OpenVINO's core may be used by several threads
  let handle: OpaquePointer

  private static let opened: Result<OpenVINOLibrary, SetupError> = Result { () throws(SetupError) in
    try EngineLibrary.openvino.open { path in
      Result { () throws(SetupError) in try OpenVINOLibrary(path: path) }
    }
  }

  init(path: String) throws(SetupError) {
    var error = OVError()
    var opened: OpaquePointer?
    guard ovface_open(path, &opened, &error) == 0, let opened else { throw SetupError(error.text) }
    handle = opened
  }

  var version: String { String(cString: ovface_version(handle)) }

  /// What OpenVINO calls the processor, and what it can compute in there.
  var processor: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
      ovface_processor(handle, text.baseAddress!, text.count)
      return String(cString: text.baseAddress!)
    }
  }

  static func shared() throws(SetupError) -> OpenVINOLibrary { try opened.get() }
}

/// A network compiled for the processor, which the instances share.
final class OpenVINONetwork {
  let handle: OpaquePointer

  init(
    _ model: LoadedModel, library: OpenVINOLibrary, instances: Int, threads: Int,
    precision: OpenVINOEngines.Precision, cacheDirectory: String?
  ) throws(SetupError) {
    let input = model.card.input
    try input.validate(model)
    guard let path = model.path(.network) else { throw SetupError("\(model.card.name): the card has no network file") }
    guard !input.scale.contains(0) else { throw SetupError("\(model.card.name): the card has a scale of 0") }
    let side = { (length: Int) in input.hasFixedShape ? Int64(length) : -1 }
    let precision: String? = precision == .auto ? nil : precision == .int8 ? "f32" : precision.rawValue
    // The digest is that of the network's file: an IR's weights beside it are not in it.
    let compiled = (model.card.format == .ir ? nil : cacheDirectory).flatMap { directory in
      CompiledNetwork.file(
        in: directory, model,
        wanted: [
          input.name ?? "", "\(input.layout)", "\(side(input.height)) x \(side(input.width))", "\(input.mean)",
          "\(input.scale)", "\(instances) of \(threads)", precision ?? "auto",
        ], library: library)
    }
    // OpenVINO wants the C strings only during the call.
    let withOptions = { (body: (inout OVOptions) -> Void) in
      withCStrings([precision ?? "", compiled ?? ""]) { texts in
        // Decoders run beside the network, so its threads may go where there is room.
        var options = OVOptions(
          streams: Int32(instances), threads: Int32(instances * threads), precision: precision == nil ? nil : texts[0],
          compiled: compiled == nil ? nil : texts[1], pin: 0)
        body(&options)
      }
    }
    var network: OpaquePointer?
    withOptions { options in network = ovface_recall(library.handle, &options, Int32(input.channels.count)) }
    if let network {
      handle = network
      return
    }

    var file = ReadableFile(path)
    switch model.card.format {
    case .onnx:
      guard ONNXFile.isWhole(path) else { throw SetupError("\(path): it is not a whole ONNX file") }
    case .tensorflow:
      do { file = try ReadableFile(tensorFlow: path, digest: model.digest, directory: cacheDirectory) } catch {
        throw SetupError("\(path): \((error as? TensorFlowGraph.Refusal)?.message ?? "\(error)")")
      }
    case .tflite, .ir: break
    case .caffe, .darknet, .torch, .cascade, .computed:
      throw SetupError("\(path): OpenVINO does not run \(model.card.format.rawValue) files")
    }
    defer { file.close() }
    // OpenCV, for which the cards speak, reads a TensorFlow graph as NCHW whatever it says.
    let isPlanar = file.isInterleaved.map(!) ?? (input.layout == .nchw)
    let weights = model.card.format == .ir ? model.path(.config) : nil
    var error = OVError()
    withOptions { options in
      withCStrings([file.path, input.name ?? "", weights ?? ""]) { texts in
        input.mean.withUnsafeBufferPointer { mean in
          input.scale.withUnsafeBufferPointer { scale in
            var source = OVSource(
              network: texts[0], weights: weights == nil ? nil : texts[2], input: input.name == nil ? nil : texts[1],
              planar: isPlanar ? 1 : 0, channels: Int32(input.channels.count), batch: 1,
              height: side(input.height), width: side(input.width), mean: mean.baseAddress!, scale: scale.baseAddress!)
            _ = ovface_compile(library.handle, &source, &options, &network, &error)
          }
        }
      }
    }
    guard let network else { throw SetupError("\(path): OpenVINO: \(error.text)") }
    handle = network
  }

  deinit { ovface_close(handle) }
}
