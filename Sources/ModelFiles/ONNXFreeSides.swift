import Platform

/// A graph of ONNX whose input takes pictures of any height and width. Some networks that could are stored with one size
/// (YuNet: 640 x 640), and ONNX Runtime insists on it.
///
/// Field numbers: onnx.proto (GraphProto, ValueInfoProto, TypeProto, TensorShapeProto).
enum ONNXFreeSides {
  private enum Number {
    static let graphWeight: UInt64 = 5
    static let graphInput: UInt64 = 11
    static let graphOutput: UInt64 = 12
    /// Shapes of values inside the graph.
    static let graphValue: UInt64 = 13
    static let weightName: UInt64 = 8
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
    var fields = ProtobufReader(graph)
    var result = ProtobufWriter()
    var isChanged = false
    // Old exports list the weights among the inputs.
    let weights = Set(
      ProtobufReader(graph).lazy.filter { $0.number == Number.graphWeight }.compactMap {
        text(Number.weightName, in: $0.bytes)
      })
    while let field = fields.next() {
      switch field.number {
      case Number.graphInput:
        let isWeight = text(Number.valueName, in: field.bytes).map(weights.contains) ?? false
        if !isWeight, let input = freed(input: field.bytes, sides: sides) {
          result.append(Int(Number.graphInput), bytes: input)
          isChanged = true
        } else {
          result.append(whole: field.whole)
        }
      case Number.graphOutput:
        if let output = unshaped(output: field.bytes) {
          result.append(Int(Number.graphOutput), bytes: output)
        } else {
          result.append(whole: field.whole)
        }
      case Number.graphValue: break
      default: result.append(whole: field.whole)
      }
    }
    return isChanged && !fields.isBroken ? result.bytes : nil
  }

  private static func text(_ number: UInt64, in message: UnsafeRawBufferPointer) -> String? {
    ProtobufReader(message).first { $0.number == number }?.text
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
