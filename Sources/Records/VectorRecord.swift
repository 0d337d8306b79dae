import Platform
import Recognition

/// What a search by vectors needs of a record. Of the rest only the grammar is checked: records have thousands of bytes of
/// vectors, and are read by the million.
public struct VectorRecord: Sendable {
  /// Path of the image, as the run named it.
  public var path = RawPath("")
  /// The page that it is the record of, from 1; nil: of the file.
  public var page: Int?
  /// Number of pages of the file, if it has several.
  public var pages: Int?
  /// SHA-256 of the file, if the record has it.
  public var digest: [UInt8]?
  /// `name@digest` of the network of the vector.
  public var model: String?
  /// The engine that ran it, and after a slash its precision if that is not f32.
  public var engine: String?
  public var place = Place.none
  /// Why the image failed.
  public var failure: String?

  /// Where the vector is.
  public enum Place: Equatable, Sendable {
    /// The record has none.
    case none
    /// In the record: the range of its base64 in the JSON.
    case values(Range<Int>)
    /// In a row, from 0, of a NumPy file, as the run named the file.
    case row(file: String, row: Int, dim: Int?)
  }

  /// Reads compact JSON.
  public init(_ json: UnsafeBufferPointer<UInt8>) throws(StoredRecord.Problem) {
    var reader = JSONReader(json)
    var schema: String?
    var bad: String?
    let isObject = reader.object { key, json in
      let isRead = read(key, &json, &schema)
      if !isRead { bad = bad ?? key }
      return isRead
    }
    guard isObject, reader.isAtEnd else {
      var check = JSONReader(json)
      guard let bad, check.skip(), check.isAtEnd else { throw .init(description: "it is not JSON") }
      throw .init(description: "its \"\(bad)\" is none that imgrec writes")
    }
    guard schema == RecordWriter.schema else {
      throw .init(
        description: schema.map { "its schema is \($0), and this imgrec reads \(RecordWriter.schema)" }
          ?? "it has no \"schema\"")
    }
    guard !path.bytes.isEmpty else { throw .init(description: "it has no \"path\"") }
  }

  private mutating func read(_ key: String, _ json: inout JSONReader, _ schema: inout String?) -> Bool {
    switch key {
    case "schema":
      schema = json.string()
      return schema != nil
    case "path", "path_bytes": return StoredRecord.path(key, &json, &path)
    case "page", "pages":
      guard let number = json.number(), let count = Int(exactly: number), count > 0 else { return false }
      if key == "page" { page = count } else { pages = count }
      return true
    case "digest":
      guard let text = json.string() else { return false }
      digest = Self.digest(text)
      return true
    case "models": return Self.text(of: TaskKind.embed.rawValue, &json, &model)
    case "engines": return Self.text(of: TaskKind.embed.rawValue, &json, &engine)
    case "error": return Self.text(of: "message", &json, &failure)
    case TaskKind.embed.rawValue: return readPlace(&json)
    default: return json.skip()
    }
  }

  private mutating func readPlace(_ json: inout JSONReader) -> Bool {
    var (file, row, dim): (String?, Int?, Int?)
    let isRead = json.object { key, json in
      switch key {
      case "values":
        guard json.peek == UInt8(ascii: "\"") else { return false }
        let start = json.position + 1
        guard json.skip() else { return false }
        place = .values(start..<json.position - 1)
        return true
      case "file":
        file = json.string()
        return file != nil
      case "row", "dim":
        guard let number = json.number(), let count = Int(exactly: number), count >= 0 else { return false }
        if key == "row" { row = count } else { dim = count }
        return true
      default: return json.skip()
      }
    }
    if case .none = place, let file, let row { place = .row(file: file, row: row, dim: dim) }
    return isRead
  }

  /// Reads an object of strings, of which one is kept.
  private static func text(of name: String, _ json: inout JSONReader, _ value: inout String?) -> Bool {
    json.object { key, json in
      guard key == name else { return json.skip() }
      value = json.string()
      return value != nil
    }
  }

  /// The bytes of "sha256:" and 64 hexadecimal digits; nil for other text.
  private static func digest(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8.dropFirst(7))
    guard text.hasPrefix("sha256:"), digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = Character(UnicodeScalar(digits[index])).hexDigitValue,
        let low = Character(UnicodeScalar(digits[index + 1])).hexDigitValue
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }

  /// Decodes the base64 that is at `range` of the record's JSON into `vector`; false if it holds no f32 numbers.
  public static func decode(
    _ range: Range<Int>, of json: UnsafeBufferPointer<UInt8>, into vector: inout [Float]
  ) -> Bool {
    let text = UnsafeBufferPointer(rebasing: json[range])
    let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
    let most = max(0, text.count / 4 * 3 - padding + 3) / 4
    if vector.count < most { vector = [Float](repeating: 0, count: most) }
    var count = vector.withUnsafeMutableBytes { Base64.decode(text, to: $0) }
    if count == nil, text.contains(UInt8(ascii: "\\")) {
      // Some writers escape the slash, which is a digit of base64.
      var reader = JSONReader(UnsafeBufferPointer(rebasing: json[range.lowerBound - 1..<range.upperBound + 1]))
      let plain = Array((reader.string() ?? "").utf8)
      count = plain.withUnsafeBufferPointer { plain in vector.withUnsafeMutableBytes { Base64.decode(plain, to: $0) } }
    }
    guard let count, count % 4 == 0 else { return false }
    vector.removeLast(vector.count - count / 4)
    for index in vector.indices { vector[index] = Float(bitPattern: UInt32(littleEndian: vector[index].bitPattern)) }
    return true
  }
}
