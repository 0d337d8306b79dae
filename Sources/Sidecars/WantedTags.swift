import Recognition

/// What one image's sidecar should hold of its records.
public struct WantedTags: Sendable, Equatable {
  /// A keyword, and the task that found it.
  public struct Keyword: Sendable, Hashable {
    public var text: String
    public var task: TaskKind

    /// The keyword below the one that all of its kind have, with `separator` between them.
    func path(_ separator: String) -> String {
      let safe = text.replacing(separator, with: "_")
      switch task {
      case .faces: return "People" + separator + safe
      case .classify, .detect, .segment, .nsfw, .rotation, .embed, .quality, .text, .plates, .codes, .upscale:
        return "Objects" + separator + safe
      }
    }
  }

  /// The tasks that the records have answers of: what an earlier run wrote of them is replaced.
  public var tasks: Set<TaskKind> = []
  /// Each once for a task.
  public var keywords: [Keyword] = []
  public var description: String?
  public var regions: [FaceRegion] = []
  /// Size of the stored picture.
  public var size: PixelSize?

  public init() {}

  /// Adds what another record of the image has: one of another run, or of a further page, which has no regions.
  public mutating func add(_ other: WantedTags) {
    keywords += other.keywords.filter { !keywords.contains($0) }
    regions += other.regions.filter { region in !regions.contains { $0.isSame(as: region) } }
    if let text = other.description, text != description {
      description = description.map { TagText.clean($0 + "\n" + text, keepingLines: true) } ?? text
    }
    size = size ?? other.size
    tasks.formUnion(other.tasks)
  }
}

/// Text as it may stand in XML, and in lists that people read.
enum TagText {
  /// Bytes of the longest description.
  static let maxBytes = 20_000
  /// Bytes of the longest keyword.
  static let maxKeywordBytes = 250

  /// The text without control characters, and without space around it; nil if nothing is left.
  static func clean(_ text: String, keepingLines: Bool = false) -> String? {
    let limit = keepingLines ? maxBytes : maxKeywordBytes
    var result = ""
    var isSpace = true
    for character in text {
      let scalars = character.unicodeScalars
      let isLine = character.isNewline && keepingLines
      if isLine || character.isWhitespace || scalars.contains(where: isForbidden) {
        if isLine {
          while result.last == " " { result.removeLast() }
          if !result.isEmpty { result += "\n" }
        } else if !isSpace {
          result += " "
        }
        isSpace = true
        continue
      }
      guard result.utf8.count + character.utf8.count <= limit else { break }
      result.append(character)
      isSpace = false
    }
    while let last = result.last, last.isWhitespace { result.removeLast() }
    return result.isEmpty ? nil : result
  }

  /// Whether XML 1.0 has no such character, or it is one of control.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0xfffe, 0xffff: true
    default: false
    }
  }
}
