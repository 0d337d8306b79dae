import Foundation
import Platform

/// The weights of an ONNX file that other files of its folder hold, as PyTorch's exporter and `onnx.save_model` write
/// them.
///
/// Source: TensorProto.external_data in onnx.proto of ONNX 1.16.
public struct ONNXExternalData {
  /// A kind of message in which tensors are found.
  private enum Kind {
    case model, graph, function, node, attribute, sparseTensor, tensor

    func part(_ number: UInt64) -> Kind? {
      switch (self, number) {
      case (.model, ONNXField.Model.graph): .graph
      case (.model, ONNXField.Model.function): .function
      case (.graph, ONNXField.Graph.node), (.function, ONNXField.Function.node): .node
      case (.graph, ONNXField.Graph.weight), (.attribute, ONNXField.Attribute.tensor),
        (.attribute, ONNXField.Attribute.tensors), (.sparseTensor, ONNXField.SparseTensor.values),
        (.sparseTensor, ONNXField.SparseTensor.places):
        .tensor
      case (.graph, ONNXField.Graph.sparseWeight): .sparseTensor
      case (.node, ONNXField.Node.attribute): .attribute
      case (.attribute, _) where ONNXField.Attribute.graphs.contains(number): .graph
      case (.attribute, _) where ONNXField.Attribute.sparseTensors.contains(number): .sparseTensor
      default: nil
      }
    }
  }

  /// Messages inside each other that are searched, 16 graphs at most: a damaged file may have any number.
  private static let maxDepth = 50
  /// The largest message that engines read (protocol buffers count in 32 bits).
  private static let maxBytes = Int(Int32.max)

  /// The network's file, for its folder and for messages.
  private let network: String
  /// The other files that were read, by their names in the network.
  private var files: [String: MappedFile] = [:]

  private init(_ network: String) { self.network = network }

  /// Returns the paths of the other files that the weights of `network` are in, sorted; none if it has all of them
  /// itself, or if it is damaged: the engine reports that.
  ///
  /// Throws `SetupError` if one is missing, shorter than the weights in it, or not in the network's folder.
  public static func files(of network: String) throws(SetupError) -> [String] {
    guard let file = try? MappedFile(RawPath(network)) else { return [] }
    return try file.withBytes { (bytes) throws(SetupError) in try files(in: bytes, of: network) }
  }

  /// Returns the same for the contents `model` of the network's file.
  static func files(in model: UnsafeRawBufferPointer, of network: String) throws(SetupError) -> [String] {
    var data = ONNXExternalData(network)
    _ = try data.completed(model, .model)
    return data.files.keys.sorted().map(data.path)
  }

  /// Writes `model`, which is the network or made from it, to the new file `target` with all weights inside.
  ///
  /// Throws `SetupError` as `files(of:)` does, and if `target` cannot be written.
  static func write(_ model: UnsafeRawBufferPointer, of network: String, to target: String) throws(SetupError) {
    var data = ONNXExternalData(network)
    var whole = ProtobufPieces()
    if let completed = try data.completed(model, .model) { whole = completed } else { whole.append(model) }
    defer { withExtendedLifetime(data) {} }
    guard whole.count <= maxBytes else {
      throw SetupError(
        """
        \(network): with its weights it has \(whole.count) bytes, too many for its outputs or its input to be changed: an \
        ONNX file has at most \(maxBytes)
        Export it with the outputs of its card and with an input of any height and width.
        """)
    }
    let descriptor = retrying { open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
    guard descriptor >= 0 else { throw SetupError("\(target) cannot be written: \(systemMessage())") }
    defer { close(descriptor) }
    let code = whole.write(to: descriptor)
    guard code == 0 else {
      unlink(target)
      throw SetupError(
        "\(target) cannot be written: \(systemMessage(code))\n"
          + "Set TMPDIR to a folder in which \(whole.count) bytes are free.")
    }
  }

  /// Returns the message with the weights inside, valid as long as the message and this; nil if it has them already, or
  /// is damaged.
  private mutating func completed(
    _ message: UnsafeRawBufferPointer, _ kind: Kind, depth: Int = 0
  ) throws(SetupError) -> ProtobufPieces? {
    if kind == .tensor { return try completed(tensor: message) }
    guard depth < Self.maxDepth else { return nil }
    var result = ProtobufPieces()
    var isChanged = false
    var fields = ProtobufReader(message)
    while let field = fields.next() {
      if let part = kind.part(field.number), let whole = try completed(field.bytes, part, depth: depth + 1) {
        result.append(field.number, message: whole)
        isChanged = true
      } else {
        result.append(field.whole)
      }
    }
    return isChanged && !fields.isBroken ? result : nil
  }

  private mutating func completed(tensor: UnsafeRawBufferPointer) throws(SetupError) -> ProtobufPieces? {
    var isExternal = false
    var entries: [String: String] = [:]
    var result = ProtobufPieces()
    for field in ProtobufReader(tensor) {
      switch field.number {
      case ONNXField.Tensor.location: isExternal = field.value == 1
      case ONNXField.Tensor.external:
        guard let key = ONNXModel.text(ONNXField.Entry.key, in: field.bytes) else { break }
        entries[key] = ONNXModel.text(ONNXField.Entry.value, in: field.bytes) ?? ""
      case ONNXField.Tensor.raw: break
      default: result.append(field.whole)
      }
    }
    guard isExternal else { return nil }
    result.append(ONNXField.Tensor.raw, bytes: try weights(entries))
    return result
  }

  /// The bytes that the entries of a tensor name; without a length, all that follow the offset.
  private mutating func weights(_ entries: [String: String]) throws(SetupError) -> UnsafeRawBufferPointer {
    let name = entries["location"] ?? ""
    let bytes = try contents(name)
    let offset = entries["offset"].map { Int($0) ?? -1 } ?? 0
    let length = entries["length"].map { Int($0) ?? -1 } ?? bytes.count - offset
    guard offset >= 0, length >= 0, offset <= bytes.count, length <= bytes.count - offset else {
      throw SetupError(
        "\(path(name)) has \(bytes.count) bytes, fewer than the weights of \(network) need\n"
          + "Use the two files of one export.")
    }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
  }

  private mutating func contents(_ name: String) throws(SetupError) -> UnsafeRawBufferPointer {
    if let file = files[name] { return file.bytes }
    guard !name.isEmpty, !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
      throw SetupError(
        "\(network): its weights are in \"\(name)\", which is not a file of its folder\n"
          + "Export it with all its files in one folder.")
    }
    do throws(FileError) {
      let file = try MappedFile(RawPath(path(name)))
      files[name] = file
      return file.bytes
    } catch {
      throw SetupError(
        "\(path(name)), which has the weights of \(network), cannot be read: \(systemMessage(error.code))\n"
          + "Keep it beside the network, under the name that it was exported with.")
    }
  }

  private func path(_ name: String) -> String {
    let folder = (network as NSString).deletingLastPathComponent
    return folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name)
  }
}
