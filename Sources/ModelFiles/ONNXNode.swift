import Platform

/// A node of an ONNX graph. Its bytes are valid as long as the graph's.
struct ONNXNode {
  let bytes: UnsafeRawBufferPointer
  private(set) var kind = ""
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []
  /// Whole numbers of the attributes; of long lists only the first.
  private(set) var numbers: [String: [Int]] = [:]
  /// Tensor of a constant.
  private(set) var tensor: UnsafeRawBufferPointer?
  /// Whether it pads by a rule, or is no operation of ONNX itself.
  private(set) var isSpecial = false
  /// Whether it holds graphs, which use values that it does not name among its inputs.
  private(set) var hasGraphs = false

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    for part in ProtobufReader(bytes) {
      switch part.number {
      case ONNXField.Node.input: inputs.append(part.text)
      case ONNXField.Node.output: outputs.append(part.text)
      case ONNXField.Node.kind: kind = part.text
      case ONNXField.Node.attribute: read(attribute: part.bytes)
      case ONNXField.Node.domain: isSpecial = isSpecial || !["", "ai.onnx"].contains(part.text)
      default: break
      }
    }
  }

  private mutating func read(attribute: UnsafeRawBufferPointer) {
    let name = ONNXModel.text(ONNXField.Attribute.name, in: attribute) ?? ""
    for value in ProtobufReader(attribute) {
      switch value.number {
      case ONNXField.Attribute.integer, ONNXField.Attribute.integers:
        // Long lists are those of constants, which may have millions.
        if numbers[name, default: []].count < 8 { numbers[name, default: []] += Self.integers(value) }
      case ONNXField.Attribute.tensor: tensor = value.bytes
      case ONNXField.Attribute.text where name == "auto_pad": isSpecial = isSpecial || value.text != "NOTSET"
      case _ where ONNXField.Attribute.graphs.contains(value.number): hasGraphs = true
      default: break
      }
    }
  }

  /// The first eight numbers of a repeated field, packed or not.
  static func integers(_ field: ProtobufReader.Field) -> [Int] {
    let values = field.bytes.isEmpty ? [field.value] : ProtobufReader.varints(field.bytes, atMost: 8)
    return values.map { Int(truncatingIfNeeded: $0) }
  }
}
