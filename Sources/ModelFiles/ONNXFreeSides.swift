import Platform

/// A graph of ONNX whose input takes pictures of any height and width. Some networks that could are stored with one size
/// (YuNet: 640 x 640), and ONNX Runtime insists on it.
enum ONNXFreeSides {
  /// Returns the graph with free sides, which are the dimensions `sides` of its pictures, and without the shapes that
  /// follow from them; nil if they are free already, or no input has four dimensions.
  static func freed(_ graph: UnsafeRawBufferPointer, sides: [Int]) -> [UInt8]? {
    let weights = ONNXModel.listedWeights(of: graph)
    var fields = ProtobufReader(graph)
    // One for each input; nil: it stays.
    var inputs: [[UInt8]?] = []
    while let field = fields.next() {
      guard field.number == ONNXField.Graph.input else { continue }
      let isWeight = ONNXModel.text(ONNXField.Value.name, in: field.bytes).map(weights.contains) ?? false
      inputs.append(isWeight ? nil : freed(input: field.bytes, sides: sides))
    }
    guard !fields.isBroken, inputs.contains(where: { $0 != nil }) else { return nil }
    var rest = inputs.makeIterator()
    var result = ProtobufWriter()
    for field in ProtobufReader(graph) where field.number != ONNXField.Graph.value {
      var changed: [UInt8]?
      switch field.number {
      case ONNXField.Graph.input: changed = rest.next() ?? nil
      case ONNXField.Graph.output: changed = unshaped(output: field.bytes)
      default: break
      }
      if let changed {
        result.append(field.number, bytes: changed)
      } else {
        result.append(whole: field.whole)
      }
    }
    return result.bytes
  }

  private static func freed(input: UnsafeRawBufferPointer, sides: [Int]) -> [UInt8]? {
    replacing([ONNXField.Value.type, ONNXField.ValueType.tensor, ONNXField.ValueType.shape], in: input) {
      freed(shape: $0, sides: sides)
    }
  }

  private static func unshaped(output: UnsafeRawBufferPointer) -> [UInt8]? {
    replacing([ONNXField.Value.type, ONNXField.ValueType.tensor], in: output) { tensor in
      var type = ProtobufWriter()
      for part in ProtobufReader(tensor) where part.number != ONNXField.ValueType.shape {
        type.append(whole: part.whole)
      }
      return type.bytes
    }
  }

  /// The shape with named dimensions at `sides`; nil if none of them was a number, or it is no picture's.
  private static func freed(shape: UnsafeRawBufferPointer, sides: [Int]) -> [UInt8]? {
    let dimensions = ProtobufReader(shape).filter { $0.number == ONNXField.Shape.dimension }
    guard dimensions.count == 4 else { return nil }
    var result = ProtobufWriter()
    var isChanged = false
    for (index, dimension) in dimensions.enumerated() {
      let isFixed = !ProtobufReader(dimension.bytes).contains { $0.number == ONNXField.Shape.name }
      guard sides.contains(index), isFixed else {
        result.append(whole: dimension.whole)
        continue
      }
      var name = ProtobufWriter()
      name.append(ONNXField.Shape.name, bytes: "side\(index)".utf8)
      result.append(ONNXField.Shape.dimension, bytes: name.bytes)
      isChanged = true
    }
    return isChanged ? result.bytes : nil
  }

  /// The message with the field at `path`, of messages inside each other, replaced by what `body` makes of its bytes; nil
  /// if nothing is there, or `body` leaves it as it is.
  private static func replacing(
    _ path: [UInt64], in message: UnsafeRawBufferPointer, by body: (UnsafeRawBufferPointer) -> [UInt8]?
  ) -> [UInt8]? {
    guard let number = path.first else { return body(message) }
    var result = ProtobufWriter()
    var isChanged = false
    for field in ProtobufReader(message) {
      if field.number == number, let changed = replacing(Array(path.dropFirst()), in: field.bytes, by: body) {
        result.append(number, bytes: changed)
        isChanged = true
      } else {
        result.append(whole: field.whole)
      }
    }
    return isChanged ? result.bytes : nil
  }
}
