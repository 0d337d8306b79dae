import Foundation
import Platform
import Recognition

/// Makes the INT8 network of a model from samples of its input.
public struct Quantiser {
  private let model: LoadedModel
  private let python: String
  /// A folder of its own, which the caller removes: `samples` in it holds the calibration.
  private let scratch: String
  private var count = 0

  /// What the script reads.
  private struct Specification: Encodable {
    var network: String
    var target: String
    /// Entries of the target's metadata.
    var metadata: [String: String]
    var samples: String
    var input: String?
    var outputs: [String]
    var layout: String
    var mean: [Float]
    var scale: [Float]
    /// Whether weights have 7 bits: without VNNI, processors add two products of 8 bits in 16, which overflows.
    var reduced: Bool
  }

  public init(_ model: LoadedModel, python: String, scratch: String) throws(SetupError) {
    (self.model, self.python, self.scratch) = (model, python, scratch)
    try FileSystem.createDirectory("\(scratch)/samples")
  }

  /// Adds what the network sees of a picture, as a NumPy file.
  public mutating func add(_ slot: PixelBuffer) throws(SetupError) {
    let header = NumPyHeader.bytes(type: "|u1", shape: [slot.size.height, slot.size.width, slot.order.count])
    let bytes = Data(header) + Data(bytes: slot.base, count: slot.byteCount)
    let path = "\(scratch)/samples/\(100_000 + count).npy"
    count += 1
    try SetupError.wrapping("\(path): ") { try bytes.write(to: URL(fileURLWithPath: path)) }
  }

  /// Runs the quantiser on the samples; returns the path of the network in `scratch`.
  public func run() throws(SetupError) -> String {
    guard let network = model.path(.network) else {
      throw SetupError("\(model.card.name): the card has no network file")
    }
    let input = model.card.input
    let target = "\(scratch)/quantised.onnx"
    let specification = Specification(
      network: network, target: target, metadata: [LoadedModel.originKey: model.digest],
      samples: "\(scratch)/samples", input: input.name,
      outputs: model.card.outputs ?? [], layout: input.layout.rawValue, mean: input.mean, scale: input.scale,
      reduced: ProcessorInfo.current.lacksVNNI)
    let file = "\(scratch)/specification.json"
    try SetupError.wrapping("\(file): ") {
      try JSONEncoder().encode(specification).write(to: URL(fileURLWithPath: file))
    }
    let script = EmbeddedFile.text("quantise.py")
    let result = try Subprocess.run(python, ["-I", "-c", script, file], in: scratch, environment: ["TMPDIR": scratch])
    guard result.status == 0, FileSystem.size(target) != nil else {
      throw SetupError("\(model.card.name) cannot be quantised: \(result.lastComplaint)")
    }
    return target
  }
}
