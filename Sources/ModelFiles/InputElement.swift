import Foundation
import Platform
import Recognition

/// Type of the numbers that a network takes, by its number in ONNX (`TensorProto.DataType`).
public enum InputElement: Int, Sendable, CaseIterable {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case string = 8
  case bool = 9
  case float16 = 10
  case float64 = 11
  case uint32 = 12
  case uint64 = 13
  case complex64 = 14
  case complex128 = 15
  case bfloat16 = 16

  /// Whole numbers that it holds; nil if it holds fractions.
  private var range: ClosedRange<Float>? {
    switch self {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65535
    case .int16: -32768...32767
    case .int32, .int64: -1e6...1e6
    case .float32, .float16, .float64, .string, .bool, .uint32, .uint64, .complex64, .complex128, .bfloat16: nil
    }
  }

  /// Whether engines feed it.
  private var isFed: Bool {
    switch self {
    case .float32, .float16, .float64, .uint8, .int8, .uint16, .int16, .int32, .int64: true
    case .string, .bool, .uint32, .uint64, .complex64, .complex128, .bfloat16: false
    }
  }

  /// Throws if an ONNX network takes numbers that engines do not feed, or that the card's mean and scale do not give.
  ///
  /// Of every engine alike: one that reads the numbers in its own way would give other answers than the rest.
  public static func check(_ model: LoadedModel) throws(SetupError) {
    guard model.card.format == .onnx, let path = model.path(.network),
      let file = try? MappedFile(RawPath(path)), let number = file.withBytes({ ONNXModel($0).inputElement })
    else { return }
    guard let element = InputElement(rawValue: number), element.isFed else {
      let name = InputElement(rawValue: number).map { "\($0)" } ?? "numbers of an unknown type (\(number))"
      throw SetupError("\(path): its input takes \(name); export it with an input of float32 or uint8")
    }
    guard let range = element.range else { return }
    let input = model.card.input
    let isWhole = zip(input.mean, input.scale).allSatisfy { mean, scale in
      let ends = [(0 - mean) * scale, (255 - mean) * scale]
      return scale.rounded() == scale && mean.rounded() == mean && ends.allSatisfy(range.contains)
    }
    guard isWhole else {
      throw SetupError(
        "\(path): its input takes \(element): mean and scale in the card must give whole numbers from "
          + "\(Int(range.lowerBound)) to \(Int(range.upperBound)), as mean \(element == .int8 ? 128 : 0) and scale 1 do"
      )
    }
  }
}
