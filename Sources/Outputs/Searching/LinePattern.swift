import Platform
import Recognition
import Records

/// The bytes that the lines of one run have in common where they name the network and the file of their vectors.
struct LinePattern {
  /// What a line says of its vector.
  enum Content {
    case row(Int)
    /// It has none.
    case bare
    /// Not what the pattern says.
    case other
  }

  /// `"network@digest"`, after the key.
  private let model: [UInt8]
  /// `{"dim":1280,"file":"vectors.npy","row":`, after the key.
  private let vector: [UInt8]

  /// `"embed":`
  private static let key = Array("\"\(TaskKind.embed.rawValue)\":".utf8)
  private static let start = Array(OutputKind.recordHead.utf8)

  /// Whether a line begins and ends as a record does.
  static func isRecord(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.last == UInt8(ascii: "}") && line.count > start.count
      && start.withUnsafeBufferPointer { memcmp(line.baseAddress!, $0.baseAddress!, $0.count) == 0 }
  }

  /// The beginning of the lines of the image `path`.
  static func head(of path: RawPath) -> [UInt8] {
    var json = JSONWriter()
    json.string(repairing: path.bytes)
    return start + json.out.bytes
  }

  /// The pattern of a record with a vector in a row, which `line` holds; nil if its keys are not as scan writes them.
  init?(_ record: VectorRecord, _ line: UnsafeBufferPointer<UInt8>) {
    guard let name = record.model, case .row(let file, _, let dim?) = record.place else { return nil }
    var json = JSONWriter()
    json.string(name)
    model = json.out.bytes
    json.removeAll()
    json.beginObject()
    json.key("dim")
    json.number(dim)
    json.key("file")
    json.string(file)
    json.key("row")
    vector = json.out.bytes
    if case .row = row(of: line) {} else { return nil }
  }

  /// Looks at each key `embed` of the line. In a record as scan writes it, these are the network, the engine and the
  /// vector.
  func row(of line: UnsafeBufferPointer<UInt8>) -> Content {
    var (row, hasModel, isBare): (Int?, Bool, Bool) = (nil, false, true)
    var index = 2
    // The third byte of the key is rare in records.
    while index < line.count,
      let next = memchr(line.baseAddress! + index, Int32(Self.key[2]), line.count - index)
    {
      let at = UnsafePointer(next.assumingMemoryBound(to: UInt8.self)) - line.baseAddress!
      index = at + 1
      guard matches(Self.key, line, at - 2) else { continue }
      isBare = false
      let value = at - 2 + Self.key.count
      index = value
      if matches(vector, line, value) {
        guard row == nil, let number = Self.number(line, value + vector.count) else { return .other }
        row = number
      } else if matches(model, line, value) {
        hasModel = true
      } else if value >= line.count || line[value] != UInt8(ascii: "\"") {
        return .other
      }
    }
    if isBare { return .bare }
    guard let row, hasModel else { return .other }
    return .row(row)
  }

  private func matches(_ bytes: [UInt8], _ line: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
    guard start + bytes.count <= line.count else { return false }
    return bytes.withUnsafeBufferPointer { memcmp(line.baseAddress! + start, $0.baseAddress!, $0.count) == 0 }
  }

  /// The whole number at `start`, which ends the object.
  private static func number(_ line: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    var (index, number) = (start, 0)
    while index < line.count, (0x30...0x39).contains(line[index]), index - start < 18 {
      number = number * 10 + Int(line[index] - 0x30)
      index += 1
    }
    return index > start && index < line.count && line[index] == UInt8(ascii: "}") ? number : nil
  }
}
