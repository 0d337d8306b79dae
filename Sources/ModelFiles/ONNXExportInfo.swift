import Foundation
import Platform
import Recognition

/// Metadata that exporters write into an ONNX file, so that it need not be given again.
public struct ONNXExportInfo {
  /// Ultralytics' name of the task: detect, classify, segment, ...
  public let task: String?
  /// Class names; empty if the file has none.
  public let names: [String]
  /// Size of the input; nil if it is free and no training size is recorded.
  public let size: PixelSize?
  /// Whether the input takes no other size.
  public let isFixed: Bool
  public let layout: InputSpec.Layout
  /// Number of the input's channels; nil if free.
  public let channels: Int?

  public init?(of path: String) {
    guard (path as NSString).pathExtension.lowercased() == "onnx",
      let data = try? MappedFile(RawPath(path))
    else { return nil }
    let file = data.withBytes { ONNXModel($0) }
    task = file.metadata["author"] == "Ultralytics" ? file.metadata["task"] : nil
    names = file.metadata["names"].map(Self.names) ?? []
    var (layout, sides, channels) = (InputSpec.Layout.nchw, [Int?](), Int?.none)
    if let shape = file.inputShape, shape.count == 4 {
      layout = shape[3] == 3 && shape[1] != 3 ? .nhwc : .nchw
      sides = layout == .nchw ? [shape[2], shape[3]] : [shape[1], shape[2]]
      channels = layout == .nchw ? shape[1] : shape[3]
    }
    (self.layout, self.channels) = (layout, channels)
    isFixed = sides.count == 2 && !sides.contains(nil)
    if !isFixed { sides = Self.numbers(file.metadata["imgsz"] ?? "") }
    if let height = sides.first ?? nil, let width = sides.last ?? nil {
      size = PixelSize(width: width, height: height)
    } else {
      size = nil
    }
  }

  /// Head that interprets the outputs; nil if the file does not name its task. `origin` names the file in errors.
  ///
  /// Throws `SetupError` for a task of Ultralytics' other than detect and classify.
  public func head(of origin: String) throws(SetupError) -> HeadSpec.Kind? {
    switch task {
    case nil: return nil
    case "detect"?: return .yolov8
    case "classify"?: return .probabilities
    case let other?:
      throw SetupError(
        "\(origin) was exported for the task \"\(other)\"; of Ultralytics' exports imgrec reads detect and classify"
      )
    }
  }

  /// Parses "[640, 480]", one or two sides; empty for any other text.
  private static func numbers(_ text: String) -> [Int?] {
    let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }.filter { $0 > 0 }
    return numbers.isEmpty || numbers.count > 2 ? [] : [numbers[0], numbers[numbers.count - 1]]
  }

  /// Parses class names of the form `{0: 'person', 1: "driver's hat"}`, as Python prints it, or of JSON; empty if the
  /// numbers are not consecutive from 0.
  public static func names(_ text: String) -> [String] {
    var names: [Int: String] = [:]
    var number: Int?
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      index = text.index(after: index)
      if let digit = character.wholeNumberValue, character.isASCII {
        number = min(number ?? 0, 1_000_000) * 10 + digit
      } else if character == "'" || character == "\"" {
        var name = ""
        while index < text.endIndex, text[index] != character {
          if text[index] == "\\", let next = text.index(index, offsetBy: 1, limitedBy: text.endIndex),
            next < text.endIndex
          {
            index = next
          }
          name.append(text[index])
          index = text.index(after: index)
        }
        if index < text.endIndex { index = text.index(after: index) }
        // JSON's keys are strings: {"0": "person"}.
        if number == nil, let key = Int(name), text[index...].drop(while: \.isWhitespace).first == ":" {
          number = key
        } else {
          names[number ?? names.count] = name
          number = nil
        }
      }
    }
    return (0..<names.count).compactMap { names[$0] }.count == names.count
      ? (0..<names.count).map { names[$0]! } : []
  }
}
