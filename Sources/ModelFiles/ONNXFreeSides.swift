import Platform

/// A graph of ONNX whose input takes pictures of any height and width. Some networks that could are stored with one size
/// (YuNet: 640 x 640), and ONNX Runtime insists on it.
///
/// Field numbers: onnx.proto (GraphProto, ValueInfoProto, TypeProto, TensorShapeProto).
enum ONNXFreeSides {
  private enum Number {
    static let graphInput: UInt64 = 11
    static let graphOutput: UInt64 = 12
    /// Shapes of values inside the graph.
    static let graphValue: UInt64 = 13
    static let valueName: UInt64 = 1
    static let valueType: UInt64 = 2
    static let typeTensor: UInt64 = 1
    static let tensorShape: UInt64 = 2
    static let shapeDimension: UInt64 = 1
    static let dimensionName: UInt64 = 2
  }

  /// Returns the graph with free sides, which are the dimensions `sides` of its pictures, and without the shapes that
  /// follow from them; nil if they are free already, or no input has four dimensions.
  static func freed(_ graph: UnsafeRawBufferPointer, sides: [Int]) -> [UInt8]? {
    let weights = ONNXModel.listedWeights(of: graph)
    var fields = ProtobufReader(graph)
    // One for each input; nil: it stays.
    var inputs: [[UInt8]?] = []
    while let field = fields.next() {
      guard field.number == Number.graphInput else { continue }
      let isWeight = ONNXModel.text(Number.valueName, in: field.bytes).map(weights.contains) ?? false
      inputs.append(isWeight ? nil : freed(input: field.bytes, sides: sides))
    }
    guard !fields.isBroken, inputs.contains(where: { $0 != nil }) else { return nil }
    var rest = inputs.makeIterator()
    var result = ProtobufWriter()
    for field in ProtobufReader(graph) where field.number != Number.graphValue {
      var changed: [UInt8]?
      switch field.number {
      case Number.graphInput: changed = rest.next() ?? nil
      case Number.graphOutput: changed = unshaped(output: field.bytes)
      default: break
      }
      if let changed {
        result.append(Int(field.number), bytes: changed)
      } else {
        result.append(whole: field.whole)
      }
    }
    return result.bytes
  }

  private static func freed(input: UnsafeRawBufferPointer, sides: [Int]) -> [UInt8]? {
    replacing([Number.valueType, Number.typeTensor, Number.tensorShape], in: input) { freed(shape: $0, sides: sides) }
  }

  private static func unshaped(output: UnsafeRawBufferPointer) -> [UInt8]? {
    replacing([Number.valueType, Number.typeTensor], in: output) { tensor in
      var type = ProtobufWriter()
      for part in ProtobufReader(tensor) where part.number != Number.tensorShape { type.append(whole: part.whole) }
      return type.bytes
    }
  }

  /// The shape with named dimensions at `sides`; nil if none of them was a number, or it is no picture's.
  private static func freed(shape: UnsafeRawBufferPointer, sides: [Int]) -> [UInt8]? {
    let dimensions = ProtobufReader(shape).filter { $0.number == Number.shapeDimension }
    guard dimensions.count == 4 else { return nil }
    var result = ProtobufWriter()
    var isChanged = false
    for (index, dimension) in dimensions.enumerated() {
      let isFixed = !ProtobufReader(dimension.bytes).contains { $0.number == Number.dimensionName }
      guard sides.contains(index), isFixed else {
        result.append(whole: dimension.whole)
        continue
      }
      var name = ProtobufWriter()
      name.append(Int(Number.dimensionName), bytes: "side\(index)".utf8)
      result.append(Int(Number.shapeDimension), bytes: name.bytes)
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
        result.append(Int(number), bytes: changed)
        isChanged = true
      } else {
        result.append(whole: field.whole)
      }
    }
    return isChanged ? result.bytes : nil
  }
}
