import COpenVINO
import Platform
import Recognition

/// Runs a network with OpenVINO, which reads the slot in place: mean, scale and layout are part of the compiled
/// network.
///
/// One picture per run: with one stream per core MobileNetV2 on two cores gave 130 images/s alone, and 104 to 126 in
/// batches of 2 to 8. Free shapes are compiled once, as free; that cost nothing against compiling each (YuNet, 640 x
/// 640: 47 ms both ways). Trimmed letterboxes are padded to the card's size: with YOLOX-Nano 432 photos took 6.6 s in
/// shapes of their own, and 6.2 s in one.
final class OpenVINOEngine: Engine {
  let kind = EngineKind.openvino
  let precision: Precision
  let device: ComputeDevice
  let maxBatch = 1

  private let input: InputSpec
  private let padding: LetterboxPadding?
  private let network: OpenVINONetwork
  private let request: OpaquePointer
  private var names: [String] = []

  init(model: LoadedModel, network: OpenVINONetwork) throws(SetupError) {
    input = model.card.input
    padding = LetterboxPadding(input)
    self.network = network
    precision = network.precision
    device = network.device
    var error = OVError()
    var request: OpaquePointer?
    _ = withCStrings(model.card.outputs ?? []) { outputs in
      copenvino_request(network.handle, outputs, Int32(outputs.count), &request, &error)
    }
    guard let request else { throw SetupError("\(model.networkName): OpenVINO: \(error.text)") }
    self.request = request
  }

  deinit { copenvino_close_request(request) }

  func cancel() { copenvino_cancel(request) }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    _ = try input.shape(of: batch, maxBatch: 1)
    let slot = try padding?.padded(batch[0]) ?? batch[0]
    let size = slot.size
    var error = OVError()
    var outputs: UnsafePointer<OVOutput>?
    var count: Int32 = 0
    guard
      copenvino_run(request, slot.base, 1, Int64(size.height), Int64(size.width), &outputs, &count, &error) == 0
    else { throw Failure(.infer, .inferenceFailed, error.text) }
    let returned = UnsafeBufferPointer(start: outputs, count: Int(count))
    if names.isEmpty { names = returned.map { String(cString: $0.name) } }
    let tensors = returned.enumerated().map { index, output in
      Tensor(
        name: names[index],
        shape: UnsafeBufferPointer(start: output.shape, count: Int(output.dimensions)).map { Int($0) },
        values: UnsafeBufferPointer(start: output.values, count: output.count))
    }
    return try body(Outputs(count: 1, tensors: tensors, slot: size))
  }
}
