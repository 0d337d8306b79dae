import COpenCV
import ModelFiles
import Platform
import Recognition

/// A `cv::dnn::Net` and the shape that it ran last.
final class OpenCVNetwork {
  /// Empty before the first run, and after a failed run.
  private(set) var shape: [Int32] = []
  private let net: OpaquePointer
  private let inputName: String?
  private var tensors: [Tensor] = []

  init(_ model: LoadedModel) throws(SetupError) {
    let card = model.card
    guard let path = model.path(.network) else { throw SetupError("\(card.name): the card has no network file") }
    let format: CVNetFormat
    switch card.format {
    case .onnx: format = .onnx
    case .caffe: format = .caffe
    case .tensorflow: format = .tensorflow
    case .darknet: format = .darknet
    case .torch: format = .torch
    case .tflite, .ir, .cascade, .computed:
      throw SetupError("\(path): OpenCV's dnn does not run \(card.format.rawValue) files")
    }
    let config = model.path(.config)
    if config == nil, format == .caffe || format == .darknet {
      throw SetupError("\(path): the card has no config file, which \(card.format.rawValue) networks need")
    }
    // OpenCV does not look for weights in other files.
    let excerpt = card.format == .onnx ? try ONNXSubgraph(of: path, outputs: nil, isWhole: true) : nil
    defer { excerpt?.close() }
    var opened: OpaquePointer?
    let names = card.outputs ?? []
    let failure = withCStrings(names) { pointers in
      let outputs: [UnsafePointer<CChar>] = pointers
      return refusal {
        copencv_net_open(format, excerpt?.path ?? path, config, outputs, Int32(outputs.count), &opened, &$0)
      }
    }
    guard let opened else {
      throw SetupError("\(path): OpenCV cannot read it as \(card.format.rawValue): \(failure?.message ?? "")")
    }
    net = opened
    inputName = card.input.name
  }

  deinit { copencv_net_close(net) }

  /// Runs the network on a float32 blob of `shape`. The outputs are valid until the next run.
  func run(_ blob: UnsafePointer<Float>, shape: [Int32]) throws(Failure) -> [Tensor] {
    var outputs: UnsafePointer<CVOutput>?
    var count: Int32 = 0
    self.shape = []
    let failure = refusal { copencv_net_run(net, inputName, blob, shape, Int32(shape.count), &outputs, &count, &$0) }
    if let failure { throw failure }
    self.shape = shape
    let returned = UnsafeBufferPointer(start: outputs, count: Int(count))
    // OpenCV returns the same memory run after run, so the descriptions can nearly always be reused.
    let same = returned.count == tensors.count && zip(returned, tensors).allSatisfy(Self.matches)
    if !same {
      tensors = returned.map { output in
        Tensor(
          name: String(cString: output.name), shape: Self.shape(output).map { Int($0) },
          values: UnsafeBufferPointer(start: output.values, count: output.count))
      }
    }
    return tensors
  }

  private static func matches(_ output: CVOutput, _ tensor: Tensor) -> Bool {
    output.values == tensor.values.baseAddress && output.count == tensor.values.count
      && shape(output).elementsEqual(tensor.shape) { Int($0) == $1 }
  }

  private static func shape(_ output: CVOutput) -> UnsafeBufferPointer<Int32> {
    UnsafeBufferPointer(start: output.shape, count: Int(output.dimensions))
  }
}
