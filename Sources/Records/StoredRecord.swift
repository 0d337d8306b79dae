import Platform
import Recognition

/// A record read back: of any run, and of what jq made of one. Keys may come in any order, those that are unknown are
/// skipped, and `null` is as if the key were missing.
public struct StoredRecord: Sendable {
  /// Path of the image, as the run named it.
  public var path = RawPath("")
  /// The page that it is the record of, from 1; nil: of the file.
  public var page: Int?
  /// Number of pages of the file, if it has several.
  public var pages: Int?
  public var isOK = false
  /// "sha256:" and the digest of the file in hexadecimal.
  public var digest: String?
  /// Length of the file.
  public var bytes: Int?
  public var format: String?
  /// Size of the upright image.
  public var size: PixelSize?
  /// EXIF, 1 to 8.
  public var orientation: Int?
  public var exif: ExifFields?
  /// `name@digest` of the network of each task, by the task's name.
  public var models: [String: String] = [:]
  public var engines: [String: String] = [:]
  public var cache: String?
  /// The image whose answer this is, if `cache` is "similar".
  public var similar: SimilarMatch?
  public var timings = Timings()
  public var warnings: [String] = []
  /// In the order of the record.
  public var answers: [(task: TaskKind, findings: Findings)] = []
  /// The copy with the findings drawn on it.
  public var annotated: String?
  /// Why the image failed.
  public var failure: (stage: String, code: String, message: String)?

  /// Why some bytes are no record.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public var description: String
  }

  /// Reads compact JSON.
  public init(_ json: UnsafeBufferPointer<UInt8>) throws(Problem) {
    var check = JSONReader(json)
    guard check.skip(), check.isAtEnd else { throw Problem(description: "it is not JSON") }
    var reader = JSONReader(json)
    var (schema, status): (String?, String?)
    var bad: String?
    _ = reader.object { key, json in
      let isRead: Bool
      switch key {
      case "schema": isRead = Self.text(&json, &schema)
      case "status": isRead = Self.text(&json, &status)
      default: isRead = read(key, &json)
      }
      if !isRead { bad = bad ?? key }
      return isRead
    }
    if let bad { throw Problem(description: "its \"\(bad)\" is none that imgrec writes") }
    guard let schema else { throw Problem(description: "it has no \"schema\"") }
    guard schema == RecordWriter.schema else {
      throw Problem(description: "its schema is \(schema), and this imgrec reads \(RecordWriter.schema)")
    }
    guard !path.bytes.isEmpty else { throw Problem(description: "it has no \"path\"") }
    guard let status, status == "ok" || status == "error" else {
      throw Problem(description: "its \"status\" is neither ok nor error")
    }
    isOK = status == "ok"
  }

  /// The findings of `task`; nil if the record has none.
  public func findings(_ task: TaskKind) -> Findings? { answers.first { $0.task == task }?.findings }

  /// Reads the value of `key`; false if it is none of that key.
  private mutating func read(_ key: String, _ json: inout JSONReader) -> Bool {
    switch key {
    case "path", "path_bytes": return Self.path(key, &json, &path)
    case "page": return Self.count(&json, &page)
    case "pages": return Self.count(&json, &pages)
    case "digest": return Self.text(&json, &digest)
    case "bytes": return Self.count(&json, &bytes)
    case "format": return Self.text(&json, &format)
    case "width": return Self.count(&json) { size = PixelSize(width: $0, height: size?.height ?? 0) }
    case "height": return Self.count(&json) { size = PixelSize(width: size?.width ?? 0, height: $0) }
    case "orientation": return Self.count(&json, &orientation)
    case "exif":
      guard let fields = CachedExif.fields(object: &json) else { return false }
      exif = fields
      return true
    case "models": return Self.texts(&json, &models)
    case "engines": return Self.texts(&json, &engines)
    case "cache": return Self.text(&json, &cache)
    case "similar": return readSimilar(&json)
    case "ms": return json.object { timings.read($0, &$1) }
    case "warnings":
      guard let list = FindingsReader.list(&json, { $0.string() }) else { return false }
      warnings = list
      return true
    case "files":
      return json.object { key, json in key == "annotated" ? Self.text(&json, &annotated) : json.skip() }
    case "error": return readFailure(&json)
    default:
      guard let task = TaskKind(rawValue: key) else { return json.skip() }
      guard let findings = RecordFindings.read(&json, kind: task.findingsKind) else { return false }
      answers.append((task, findings))
      return true
    }
  }

  private mutating func readSimilar(_ json: inout JSONReader) -> Bool {
    var match = SimilarMatch(path: RawPath(""), distance: 0)
    let isRead = json.object { key, json in
      switch key {
      case "path", "path_bytes": return Self.path(key, &json, &match.path)
      case "page": return Self.count(&json, &match.page)
      case "distance": return Self.count(&json) { match.distance = $0 }
      default: return json.skip()
      }
    }
    guard isRead, !match.path.bytes.isEmpty else { return false }
    similar = match
    return true
  }

  private mutating func readFailure(_ json: inout JSONReader) -> Bool {
    var texts: [String: String] = [:]
    guard Self.texts(&json, &texts), let code = texts["code"] else { return false }
    failure = (texts["stage"] ?? "", code, texts["message"] ?? "")
    return true
  }

  /// Reads the value of `path` or of `path_bytes`, the exact bytes, which count in any order of the keys.
  public static func path(_ key: String, _ json: inout JSONReader, _ path: inout RawPath) -> Bool {
    guard let text = json.string() else { return false }
    guard key == "path_bytes" else {
      if path.bytes.isEmpty { path = RawPath(text) }
      return true
    }
    guard let bytes = Base64.decode(text), !bytes.isEmpty, !bytes.contains(0) else { return false }
    path = RawPath(bytes)
    return true
  }

  private static func text(_ json: inout JSONReader, _ value: inout String?) -> Bool {
    guard let text = json.string() else { return false }
    value = text
    return true
  }

  private static func texts(_ json: inout JSONReader, _ values: inout [String: String]) -> Bool {
    json.object { key, json in
      guard let text = json.string() else { return false }
      values[key] = text
      return true
    }
  }

  private static func count(_ json: inout JSONReader, _ value: inout Int?) -> Bool {
    count(&json) { value = $0 }
  }

  private static func count(_ json: inout JSONReader, _ set: (Int) -> Void) -> Bool {
    // jq writes large whole numbers with an exponent.
    guard let number = json.number(), let count = Int(exactly: number), count >= 0 else { return false }
    set(count)
    return true
  }
}

extension Timings {
  /// Reads the milliseconds of one stage.
  fileprivate mutating func read(_ stage: String, _ json: inout JSONReader) -> Bool {
    guard let value = json.number() else { return false }
    switch stage {
    case "read": read = value
    case "decode": decode = value
    case "wait": wait = value
    case "infer": infer = value
    default: break
    }
    return true
  }
}
