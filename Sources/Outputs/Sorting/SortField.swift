import Recognition
import Records

/// What decides about the folders of an image.
public enum SortField: Sendable, Equatable {
  /// Labels of all tasks, or of one.
  case labels(TaskKind?)
  /// Names of the identified people.
  case people
  /// `ok`, `warning`, or the code of the failure.
  case status
  case format
  case camera
  /// The date on which the picture was taken, in a form such as %Y/%m.
  case taken(DateForm)

  /// Reads `label`, `person`, `status`, `format`, `camera`, `taken`, `taken:FORM` or the name of a task; nil for anything
  /// else.
  public init?(_ text: String) {
    switch text {
    case "label": self = .labels(nil)
    case "person": self = .people
    case "status": self = .status
    case "format": self = .format
    case "camera": self = .camera
    case "taken": self = .taken(.monthly)
    default:
      if text.hasPrefix("taken:"), let form = DateForm(String(text.dropFirst("taken:".count))) {
        self = .taken(form)
      } else if let task = TaskKind(rawValue: text), task.hasLabels {
        self = .labels(task)
      } else {
        return nil
      }
    }
  }

  /// What `init(_:)` reads.
  public static var names: [String] {
    ["label", "person", "taken", "taken:FORM", "camera", "format", "status"]
      + TaskKind.allCases.filter(\.hasLabels).map(\.rawValue)
  }

  /// What a record lacks that has no folder.
  public var missing: String {
    switch self {
    case .labels: "without a label"
    case .people: "without a known person"
    case .status, .format: "not read"
    case .camera: "without a camera"
    case .taken: "without a date"
    }
  }

  /// Option of scan that writes the field into records; nil if every record has it.
  public var origin: String? {
    switch self {
    case .labels, .status, .format: nil
    case .people: "--task faces --identify"
    case .camera, .taken: "--exif"
    }
  }
}

extension TaskKind {
  /// Whether its findings have labels by which people file images.
  fileprivate var hasLabels: Bool {
    switch self {
    case .classify, .detect, .nsfw, .segment, .rotation: true
    case .faces, .embed, .quality, .text, .plates, .codes, .upscale: false
    }
  }
}

/// Form of a date, in the letters of strftime that a date needs.
public struct DateForm: Sendable, Equatable {
  private let text: String

  public static let monthly = DateForm(known: "%Y/%m")

  private init(known text: String) { self.text = text }

  /// Nil if a letter after a percent sign is unknown, or without a percent sign.
  public init?(_ text: String) {
    let letters = text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().map(\.first)
    guard !letters.isEmpty, letters.allSatisfy({ $0.map { "YmdHMS".contains($0) } ?? false }) else { return nil }
    self.text = text
  }

  /// `taken` as records have it: "2024-05-01T12:30:11". Nil for anything else.
  public func text(of taken: String) -> String? {
    let bytes = Array(taken.utf8)
    guard bytes.count == 19 else { return nil }
    func part(_ range: Range<Int>) -> String? {
      bytes[range].allSatisfy { (0x30...0x39).contains($0) } ? String(decoding: bytes[range], as: UTF8.self) : nil
    }
    guard let year = part(0..<4), let month = part(5..<7), let day = part(8..<10), let hour = part(11..<13),
      let minute = part(14..<16), let second = part(17..<19)
    else { return nil }
    let pairs = [("%Y", year), ("%m", month), ("%d", day), ("%H", hour), ("%M", minute), ("%S", second)]
    return pairs.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
