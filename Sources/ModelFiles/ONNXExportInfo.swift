import Foundation
import Platform
import Recognition

/// What exporters write into an ONNX file, so that nobody has to say it again.
public struct ONNXExportInfo {
  /// Ultralytics' word for it: detect, classify, segment, ...
  public let task: String?
  /// The classes; empty where the file does not tell them.
  public let names: [String]
  /// What the input's sides are; nil: free, and nothing says what they were trained at.
  public let size: PixelSize?
  /// Whether it takes no other.
  public let isFixed: Bool
  public let layout: InputSpec.Layout
  /// nil: free.
  public let channels: Int?

  public init?(of path: String) {
    guard (path as NSString).pathExtension.lowercased() == "onnx",
      let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    else { return nil }
    let file = ONNXModel(data)
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

  /// How its outputs are read; nil where the file does not say what it is.
  public func head(of origin: String) throws(SetupError) -> HeadSpec.Kind? {
    switch task {
    case nil: return nil
    case "detect"?: return .yolov8
    case "classify"?: return .probabilities
    case let other?:
      throw SetupError(
        "\(origin) was exported for the task \"\(other)\"; of Ultralytics' exports those for detect and classify are read"
      )
    }
  }

  /// "[640, 480]".
  private static func numbers(_ text: String) -> [Int?] {
    let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }.filter { $0 > 0 }
    return numbers.isEmpty || numbers.count > 2 ? [] : [numbers[0], numbers[numbers.count - 1]]
  }

  /// The names of `{0: 'person', 1: "driver's hat"}`, as Python prints it, or of JSON; empty where the numbers are not 0
  /// and on.
  public static func names(_ text: String) -> [String] {
    var names: [Int: String] = [:]
    var number: Int?
    var place = text.startIndex
    while place < text.endIndex {
      let character = text[place]
      place = text.index(after: place)
      if let digit = character.wholeNumberValue, character.isASCII {
        number = min(number ?? 0, 1_000_000) * 10 + digit
      } else if character == "'" || character == "\"" {
        var name = ""
        while place < text.endIndex, text[place] != character {
          if text[place] == "\\", let next = text.index(place, offsetBy: 1, limitedBy: text.endIndex),
            next < text.endIndex
          {
            place = next
          }
          name.append(text[place])
          place = text.index(after: place)
        }
        if place < text.endIndex { place = text.index(after: place) }
        // JSON's keys are texts: {"0": "person"}.
        if number == nil, let key = Int(name), text[place...].drop(while: \.isWhitespace).first == ":" {
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
