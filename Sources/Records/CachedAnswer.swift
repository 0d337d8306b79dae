import Recognition

/// One task's answer as caches hold it: compact JSON with keys in this order, those marked `?` only if known.
///
///     {"model"?,"format"?,"width"?,"height"?,"orientation"?,"pages"?,"warnings"?:[...],"findings":[...] or {...}}
///
/// `model` is present if a second model answered. The findings are the bytes of the record, and return into a record
/// unchanged.
public struct CachedAnswer: Sendable, Equatable {
  /// The model that answered, if it is not the first one.
  public var model: String?
  public var format: ImageFormat?
  public var rawKind: CameraRawKind?
  public var size: PixelSize?
  public var orientation: Orientation?
  /// Number of pages of the file, if it has several.
  public var pages: Int?
  public var warnings: [String]
  /// A JSON array, or an object for vectors and measures.
  public var findings: [UInt8]

  /// Parses what `bytes(of:)` writes; nil for anything else. The findings are checked as JSON;
  /// `FindingsReader.isSound` checks the rest.
  public init?(_ bytes: [UInt8]) {
    let parsed = bytes.withUnsafeBufferPointer { Self.parse($0) }
    guard let parsed else { return nil }
    self = parsed
  }

  private init() {
    warnings = []
    findings = []
  }

  /// Sides of a picture in pixels.
  private static let sides = 0...Int(Int32.max)

  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> CachedAnswer? {
    var answer = CachedAnswer()
    var json = JSONReader(bytes)
    guard json.take("{") else { return nil }
    if json.take("\"model\":") {
      guard let model = json.string(), json.take(",") else { return nil }
      answer.model = model
    }
    if json.take("\"format\":") {
      guard let name = json.string(), let known = ImageFormat.recorded(name), json.take(",") else { return nil }
      (answer.format, answer.rawKind) = known
    }
    if json.take("\"width\":") {
      guard let width = json.int(), json.take(",\"height\":"), let height = json.int(), json.take(","),
        sides.contains(width), sides.contains(height)
      else { return nil }
      answer.size = PixelSize(width: width, height: height)
    }
    if json.take("\"orientation\":") {
      guard let orientation = json.int().flatMap(Orientation.init), json.take(",") else { return nil }
      answer.orientation = orientation
    }
    if json.take("\"pages\":") {
      guard let pages = json.int(), json.take(","), pages > 1 else { return nil }
      answer.pages = pages
    }
    if json.take("\"warnings\":[") {
      repeat {
        guard let warning = json.string() else { return nil }
        answer.warnings.append(warning)
      } while json.take(",")
      guard json.take("],") else { return nil }
    }
    guard json.take("\"findings\":"), let first = json.peek, let findings = json.value(), json.take("}"), json.isAtEnd,
      first == UInt8(ascii: "[") || first == UInt8(ascii: "{") && findings.count > 2
    else { return nil }
    answer.findings = Array(findings)
    return answer
  }
}

extension CachedAnswer {
  /// The bytes that a cache holds for an answer.
  public static func bytes(
    of findings: Findings, model: String? = nil, facts: ImageFacts, warnings: [String]
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    if let model {
      json.key("model")
      json.string(model)
    }
    RecordWriter.picture(facts, to: &json)
    if let pages = facts.pages {
      json.key("pages")
      json.number(pages)
    }
    RecordWriter.warnings(warnings, to: &json)
    json.key("findings")
    RecordWriter.findings(findings, to: &json)
    json.endObject()
    return json.out.bytes
  }
}
