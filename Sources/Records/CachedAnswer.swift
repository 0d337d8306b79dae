import Recognition

/// One task's answer as stores keep it: compact JSON with keys in this order, those marked `?` only where known.
///
///     {"model"?,"format"?,"width"?,"height"?,"orientation"?,"warnings"?:[...],"findings":[...]}
///
/// `model` is there where of several networks another than the first one answered. The findings are the bytes of the record, and come back into a record as they are.
public struct CachedAnswer: Sendable, Equatable {
  /// The network that answered, where it is not the first one.
  public var model: String?
  public var format: ImageFormat?
  public var size: PixelSize?
  public var orientation: Orientation?
  public var warnings: [String]
  /// A JSON array.
  public var findings: [UInt8]

  public init(facts: ImageFacts, warnings: [String], findings: [UInt8]) {
    format = facts.format
    size = facts.size
    orientation = facts.orientation
    self.warnings = warnings
    self.findings = findings
  }

  /// nil for bytes that `encoded` does not write, whoever put them there.
  public init?(_ bytes: [UInt8]) {
    let parsed = bytes.withUnsafeBufferPointer { Self.parse($0) }
    guard let parsed else { return nil }
    self = parsed
  }

  private init() {
    warnings = []
    findings = []
  }

  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> CachedAnswer? {
    var answer = CachedAnswer()
    var json = JSONReader(bytes)
    guard json.take("{") else { return nil }
    if json.take("\"model\":") {
      guard let model = json.string(), json.take(",") else { return nil }
      answer.model = model
    }
    if json.take("\"format\":") {
      guard let name = json.string(), let format = ImageFormat(rawValue: name), json.take(",") else { return nil }
      answer.format = format
    }
    if json.take("\"width\":") {
      guard let width = json.int(), json.take(",\"height\":"), let height = json.int(), json.take(","),
        width >= 0, height >= 0
      else { return nil }
      answer.size = PixelSize(width: width, height: height)
    }
    if json.take("\"orientation\":") {
      guard let orientation = json.int().flatMap(Orientation.init), json.take(",") else { return nil }
      answer.orientation = orientation
    }
    if json.take("\"warnings\":[") {
      repeat {
        guard let warning = json.string() else { return nil }
        answer.warnings.append(warning)
      } while json.take(",")
      guard json.take("],") else { return nil }
    }
    guard json.take("\"findings\":"), json.peek == UInt8(ascii: "["), let findings = json.value(), json.take("}"),
      json.isAtEnd
    else { return nil }
    answer.findings = Array(findings)
    return answer
  }
}
